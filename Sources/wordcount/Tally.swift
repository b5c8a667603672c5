/// What a worker found, in a portion that fits into a queue's item.
struct Tally: Codable, Sendable {
  /// For each word its length in one byte, its bytes, its count in eight.
  private var words: [UInt8] = []
  var bytes = 0
  var files = 0
  var problems: [Problem] = []

  private static let limit = 48 << 10

  private init() {}

  init(_ problem: Problem) { problems = [problem] }

  init(bytes: Int, files: Int) {
    self.bytes = bytes
    self.files = files
  }

  /// Takes the counts out of `table` and hands them out in as many tallies as it takes.
  static func drain(_ table: inout WordTable, _ emit: (Tally) throws -> Void) rethrows {
    var tally = Tally()
    try table.drain { word, count in
      tally.append(word, count)
      if tally.words.count >= limit {
        try emit(tally)
        tally.words.removeAll(keepingCapacity: true)
      }
    }
    if !tally.words.isEmpty { try emit(tally) }
  }

  private mutating func append(_ word: Word, _ count: Int) {
    words.append(UInt8(word.count))
    for index in 0..<word.count { words.append(word[index]) }
    for shift in stride(from: 0, to: 64, by: 8) {
      words.append(UInt8(truncatingIfNeeded: count >> shift))
    }
  }

  /// Adds the words to `table`.
  func merge(into table: inout WordTable) {
    let words = words.span
    var index = 0
    while index < words.count {
      let start = index + 1, end = start + Int(words[index])
      var count = 0
      for shift in 0..<8 { count |= Int(words[end + shift]) << (shift * 8) }
      table.add(Word(words.extracting(start..<end)), count: count)
      index = end + 8
    }
  }
}
