/// Splits bytes, given in portions, into words. What a word is, `wordcount --help` says.
struct Tokenizer {
  private static let apostrophe = UInt8(ascii: "'")
  /// For each byte, what it is in a word; 0 if it is in none.
  private let folded = Self.foldedBytes
  private var word = InlineArray<255, UInt8>(repeating: 0)
  /// May be more than 255; then it is no word.
  private var length = 0
  private var hash = Tokenizer.emptyHash
  /// The run at the beginning is the end of one that began before.
  private var isSkipping: Bool

  private static let emptyHash: UInt64 = 0xcbf2_9ce4_8422_2325

  /// Starts after the byte `previous`.
  init(after previous: UInt8?) {
    isSkipping = previous.map { Self.foldedBytes[Int($0)] != 0 } ?? false
  }

  /// Counts the words that end in `bytes`. With `onlyBegun`, returns at the end of the run that it is
  /// in, and returns true then.
  @discardableResult
  mutating func count(_ bytes: Span<UInt8>, onlyBegun: Bool = false, into table: inout WordTable)
    -> Bool
  {
    var index = 0
    if onlyBegun && length == 0 && !isSkipping { return true }
    while index < bytes.count {
      let byte = folded[Int(bytes[index])]
      index += 1
      if byte == 0 {
        finish(into: &table)
        if onlyBegun { return true }
      } else if length < 255 {
        word[length] = byte
        hash = Self.hash(hash, byte)
        length += 1
      } else {
        length = 256
      }
    }
    return false
  }

  /// Ends the word at hand, if there is one.
  mutating func finish(into table: inout WordTable) {
    if length > 0 && length <= 255 && !isSkipping {
      var first = 0
      while first < length && word[first] == Self.apostrophe { first += 1 }
      var end = length
      while end > first && word[end - 1] == Self.apostrophe { end -= 1 }
      if end - first != length {
        hash = Self.emptyHash
        for index in first..<end { hash = Self.hash(hash, word[index]) }
      }
      if end > first { table.add(word.span.extracting(first..<end), hash: hash) }
    }
    length = 0
    hash = Self.emptyHash
    isSkipping = false
  }

  /// The hash by which `WordTable` finds a word (FNV-1a).
  static func hash(_ word: Span<UInt8>) -> UInt64 {
    var hash = emptyHash
    for index in word.indices { hash = Self.hash(hash, word[index]) }
    return hash
  }

  private static func hash(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
    (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
  }

  private static let foldedBytes: InlineArray<256, UInt8> = InlineArray { index in
    let byte = UInt8(index)
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): return byte + 32
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), apostrophe,
      128...255:
      return byte
    default: return 0
    }
  }
}
