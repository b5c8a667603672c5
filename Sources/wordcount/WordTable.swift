/// Words and how often they occurred: a hash table with open addressing.
struct WordTable {
  private struct Entry {
    /// The word's first sixteen bytes, as in `Word`.
    var first: UInt64 = 0
    var second: UInt64 = 0
    /// How many bytes the word has, and above these eight bits where in `rests` its other bytes begin;
    /// 0 if the entry is free.
    var place = 0
    var count = 0

    var length: Int { place & 0xff }
    var restStart: Int { place >> 8 }
  }

  /// A power of two of them, at most half of them used.
  private var entries = [Entry](repeating: Entry(), count: 1 << 12)
  /// What words of more than sixteen bytes have beyond these.
  private var rests: [UInt8] = []
  /// How many words there are.
  private(set) var count = 0

  /// Adds `count` occurrences of the word `word`, of at most `Word.limit` bytes.
  mutating func add(_ word: borrowing Word, count: Int = 1) {
    var index = Int(truncatingIfNeeded: word.hash) & (entries.count - 1)
    while entries[index].place != 0 {
      if isEqual(entries[index], word) {
        entries[index].count += count
        return
      }
      index = (index + 1) & (entries.count - 1)
    }
    entries[index] = Entry(
      first: word.first, second: word.second, place: rests.count << 8 | word.count, count: count)
    rests.append(contentsOf: word.rest)
    self.count += 1
    if self.count * 2 > entries.count { grow() }
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
    let old = entries
    entries = [Entry](repeating: Entry(), count: old.count * 2)
    for entry in old where entry.place != 0 {
      var index = Int(truncatingIfNeeded: word(entry).hash) & (entries.count - 1)
      while entries[index].place != 0 { index = (index + 1) & (entries.count - 1) }
      entries[index] = entry
    }
  }
}
