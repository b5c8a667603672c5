import Glibc

/// What the command line asks for: [SECONDS] [--seed N] [--items raw|cbor|both] [--pause MICROSECONDS]
/// [--round SECONDS] [--spawned], or --waits [KILLS]
struct Options {
  enum Items: String { case raw, cbor, both }
  var seconds = 60.0
  var seed = UInt64.random(in: 1..<1 << 40)
  var items = Items.both
  /// The mean time between two strikes.
  var meanPause = 10_000
  var roundSeconds = 15.0
  var areWorkersSpawned = false
  /// How many kills to measure instead, for each kind of waiting.
  var measuredKills: Int?

  init(_ arguments: some Sequence<String>) {
    var rest = arguments.makeIterator()
    while let word = rest.next() {
      switch word {
      case "--seed": seed = Self.value(of: word, rest.next(), UInt64.init)
      case "--items": items = Self.value(of: word, rest.next(), Items.init(rawValue:))
      case "--pause": meanPause = max(1, Self.value(of: word, rest.next()) { Int($0) })
      case "--round": roundSeconds = Self.value(of: word, rest.next(), Double.init)
      case "--waits":
        measuredKills = max(1, rest.next().map { Self.value(of: word, $0) { Int($0) } } ?? 50)
      case "--spawned": areWorkersSpawned = true
      default: seconds = Self.value(of: "seconds", word, Double.init)
      }
    }
  }

  private static func value<Value>(
    of name: String, _ text: String?, _ read: (String) -> Value?
  ) -> Value {
    if let text, let value = read(text) { return value }
    complain("killstorm: \(name): cannot use \(text ?? "nothing")")
    exit(2)
  }
}
