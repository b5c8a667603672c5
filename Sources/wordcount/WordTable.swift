/// Words and how often they occurred: a hash table over one array with all their bytes.
struct WordTable {
  private struct Entry {
    var hash: UInt64
    var count: Int
    var start: UInt32
    var length: UInt8
  }

  private var entries: [Entry] = []
  private var bytes: [UInt8] = []
  /// Indices into `entries`, plus 1; 0 is free. A power of two of them, at most half of them used.
  private var slots = [UInt32](repeating: 0, count: 1 << 12)

  var count: Int { entries.count }

  /// Adds `count` occurrences of the word `word`, of at most 255 bytes.
  mutating func add(_ word: Span<UInt8>, hash: UInt64, count: Int = 1) {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let index = Int(slots[slot]) - 1
      if entries[index].hash == hash, isEqual(entries[index], word) {
        entries[index].count += count
        return
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    entries.append(
      Entry(hash: hash, count: count, start: UInt32(bytes.count), length: UInt8(word.count)))
    for index in word.indices { bytes.append(word[index]) }
    slots[slot] = UInt32(entries.count)
    if entries.count * 2 > slots.count { grow() }
  }

  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    for index in slots.indices { slots[index] = 0 }
  }

  /// Calls `body` with each word's bytes and count, in the order in which they were first seen.
  func forEach(_ body: (Span<UInt8>, Int) throws -> Void) rethrows {
    for entry in entries { try body(bytes.span.extracting(range(entry)), entry.count) }
  }

  /// The `top` most frequent words; those of the same count in the order of their bytes.
  func sorted(top: Int) -> [(count: Int, text: String)] {
    let order = entries.sorted { one, other in
      one.count != other.count
        ? one.count > other.count
        : bytes[range(one)].lexicographicallyPrecedes(bytes[range(other)])
    }
    return order.prefix(top).map { ($0.count, String(decoding: bytes[range($0)], as: UTF8.self)) }
  }

  private func range(_ entry: Entry) -> Range<Int> {
    Int(entry.start)..<Int(entry.start) + Int(entry.length)
  }

  private func isEqual(_ entry: Entry, _ word: Span<UInt8>) -> Bool {
    if Int(entry.length) != word.count { return false }
    let start = Int(entry.start)
    for index in word.indices where bytes[start + index] != word[index] { return false }
    return true
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for (index, entry) in entries.enumerated() {
      var slot = Int(truncatingIfNeeded: entry.hash) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(index + 1)
    }
  }
}
