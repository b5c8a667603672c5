/// Splits text, given in portions, into words and counts them. What a word is, `wordcount --help`
/// says.
struct WordCounter {
  var table = WordTable()
  private let ofByte = WordCharacters.ofByte
  private var characters = WordCharacters()
  private var word = Word()
  /// How many bytes the word had after its last joiner, and how many the joiner has.
  private var joined = (end: 0, bytes: 0)
  /// What comes before the next ASCII separator belongs to the piece before.
  private var isSkipping = false

  /// Begins a piece. Unless it is a file's first, its words begin after the first ASCII separator:
  /// only there can be told, from few bytes, that no word goes on.
  mutating func begin(atStart: Bool) {
    clear()
    isSkipping = !atStart
  }

  /// Counts the words that end in `bytes`, up to the first ASCII separator at or after `limit`.
  ///
  /// Returns how many bytes it has used, and whether it has come to that separator. Up to three
  /// bytes of a character that is not complete may be left; with `isLast`, none.
  mutating func count(
    _ bytes: Span<UInt8>, limit: Int, isLast: Bool
  ) -> (used: Int, isDone: Bool) {
    var index = 0
    if isSkipping {
      while index < bytes.count && ofByte[Int(bytes[index])] != WordCharacters.separator {
        if index >= limit { return (index, true) }
        index += 1
      }
      if index == bytes.count { return (index, false) }
      if index >= limit { return (index, true) }
      isSkipping = false
    }
    while index < bytes.count {
      let byte = ofByte[Int(bytes[index])]
      if byte == WordCharacters.alphanumeric {
        let start = index
        repeat {
          index += 1
        } while index < bytes.count
          && ofByte[Int(bytes[index])] == WordCharacters.alphanumeric
        word.append(ascii: bytes, start..<index)
      } else if byte == WordCharacters.separator {
        finish()
        if index >= limit { return (index, true) }
        index += 1
      } else {
        guard let used = take(bytes.extracting(index...), isLast: isLast) else {
          return (index, false)
        }
        index += used
      }
    }
    return (index, false)
  }

  /// Ends the word at hand, if there is one.
  @inline(__always)
  mutating func finish() {
    if word.count == 0 { return }
    if joined.end == word.count { word.removeLast(joined.bytes) }
    if word.count <= Word.limit { table.add(word) }
    clear()
  }

  private mutating func clear() {
    word.removeAll()
    joined.end = 0
  }

  /// Takes in the first character of `bytes`, which is an apostrophe or not ASCII. Returns its length
  /// in bytes, or nil if it is not complete.
  private mutating func take(
    _ bytes: Span<UInt8>, isLast: Bool
  ) -> Int? {
    let scalar: Unicode.Scalar, length: Int
    switch UTF8Character(bytes) {
    case .scalar(let value, let count): (scalar, length) = (value, count)
    case .incomplete where !isLast: return nil
    case .incomplete, .invalid:
      finish()
      return 1
    }
    switch characters.role(of: scalar) {
    case .letter(let utf8): append(utf8)
    case .mark(let utf8) where word.count > 0: append(utf8)
    case .joiner(let utf8) where word.count > 0 && joined.end != word.count:
      let before = word.count
      append(utf8)
      joined = (word.count, word.count - before)
    case .joiner, .mark, .separator: finish()
    }
    return length
  }

  private mutating func append(_ utf8: UInt64) {
    var left = utf8
    while left != 0 {
      word.append(UInt8(truncatingIfNeeded: left))
      left >>= 8
    }
  }
}
