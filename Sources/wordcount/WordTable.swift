/// Words and how often they occurred: a hash table with open addressing, whose slots say where in an
/// array an entry is. The frequent words come early in a text, so that they share few cache lines.
struct WordTable {
  private struct Entry {
    /// The word's first sixteen bytes, as in `Word`.
    var first: UInt64
    var second: UInt64
    /// How many bytes the word has, and above these eight bits where in `rests` its other bytes begin.
    var place: Int
    var count: Int

    var length: Int { place & 0xff }
    var restStart: Int { place >> 8 }
  }

  private var entries: [Entry] = []
  /// Indices into `entries`, plus 1; 0 is free. A power of two of them, at most half of them used.
  private var slots = [UInt32](repeating: 0, count: 1 << 12)
  /// What words of more than sixteen bytes have beyond these.
  private var rests: [UInt8] = []
  /// How many words there are.
  var count: Int { entries.count }

  /// Adds `count` occurrences of the word `word`, of at most `Word.limit` bytes.
  mutating func add(_ word: borrowing Word, count: Int = 1) {
    var slot = Int(truncatingIfNeeded: word.hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let index = Int(slots[slot]) - 1
      if isEqual(entries[index], word) {
        entries[index].count += count
        return
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    entries.append(
      Entry(
        first: word.first, second: word.second, place: rests.count << 8 | word.count, count: count))
    rests.append(contentsOf: word.rest)
    slots[slot] = UInt32(entries.count)
    if entries.count * 2 > slots.count { grow() }
  }

  /// Calls `body` with each word that occurred and its count, and takes the counts away. The words
  /// stay known: whoever counts on spares finding places for them.
  mutating func drain(_ body: (Word, Int) throws -> Void) rethrows {
    for index in entries.indices where entries[index].count > 0 {
      try body(word(entries[index]), entries[index].count)
      entries[index].count = 0
    }
  }

  /// The `top` most frequent words; those of the same count in the order of their bytes.
  func sorted(top: Int) -> [(count: Int, word: Word)] {
    let order = entries.filter { $0.count > 0 }.sorted { one, other in
      if one.count != other.count { return one.count > other.count }
      if one.first != other.first { return one.first < other.first }
      if one.second != other.second { return one.second < other.second }
      return rests[rest(one)].lexicographicallyPrecedes(rests[rest(other)])
    }
    return order.prefix(top).map { ($0.count, word($0)) }
  }

  private func rest(_ entry: Entry) -> Range<Int> {
    entry.restStart..<entry.restStart + max(0, entry.length - 16)
  }

  private func word(_ entry: Entry) -> Word {
    Word(first: entry.first, second: entry.second, rest: rests[rest(entry)], count: entry.length)
  }

  private func isEqual(_ entry: Entry, _ word: borrowing Word) -> Bool {
    entry.first == word.first && entry.second == word.second && entry.length == word.count
      && (word.count <= 16 || rests[rest(entry)].elementsEqual(word.rest))
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for (index, entry) in entries.enumerated() {
      var slot = Int(truncatingIfNeeded: word(entry).hash) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(index + 1)
    }
  }
}
