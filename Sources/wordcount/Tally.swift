/// What a worker found, in a portion that fits into a queue's item.
struct Tally: Codable, Sendable {
  /// For each word its length in one byte, its bytes, its count in eight.
  private var words: [UInt8] = []
  var bytes = 0
  var files = 0
  var problems: [Problem] = []

  private static let limit = 48 << 10

  init() {}

  init(_ problem: Problem) { problems = [problem] }

  /// Hands out `table` in as many tallies as it takes. The first has what else there is.
  static func split(
    _ table: WordTable, bytes: Int, files: Int, _ emit: (Tally) throws -> Void
  ) rethrows {
    var tally = Tally()
    tally.bytes = bytes
    tally.files = files
    try table.forEach { word, count in
      tally.words.append(UInt8(word.count))
      for index in word.indices { tally.words.append(word[index]) }
      for shift in stride(from: 0, to: 64, by: 8) {
        tally.words.append(UInt8(truncatingIfNeeded: count >> shift))
      }
      if tally.words.count >= limit {
        try emit(tally)
        tally = Tally()
      }
    }
    try emit(tally)
  }

  /// Adds the words to `table`.
  func merge(into table: inout WordTable) {
    let words = words.span
    var index = 0
    while index < words.count {
      let start = index + 1, end = start + Int(words[index])
      var count = 0
      for shift in 0..<8 { count |= Int(words[end + shift]) << (shift * 8) }
      let word = words.extracting(start..<end)
      table.add(word, hash: Tokenizer.hash(word), count: count)
      index = end + 8
    }
  }
}
