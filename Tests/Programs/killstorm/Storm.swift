import IterableQueues

/// Two queues in a row, and what is known of their items: producers put into the first, relays carry
/// from the first into the second, sinks empty it.
struct Storm<Item: StormItem>: Sendable {
  let queues: [IterableQueue<Item>]
  let ledgers: [Ledger]
  let board: Scoreboard
  let seed: UInt64
  let maxDeliveries: Int

  init(_ shared: SharedMemoryOfStorm, seed: UInt64) throws {
    maxDeliveries = 4
    // Small, so that each queue is often full and often empty.
    let configuration = QueueConfiguration(
      maxItemBytes: Item.self == Int.self ? 8 : 32 << 10, ringBytes: 1 << 12, maxEndpoints: 64,
      maxDeliveries: maxDeliveries)
    queues = [
      try IterableQueue<Item>(configuration: configuration),
      try IterableQueue<Item>(configuration: configuration),
    ]
    ledgers = shared.ledgers
    board = shared.board
    self.seed = seed
  }
}

/// Lies outside the queues; mapped before the first fork, and used again in each round.
struct SharedMemoryOfStorm {
  let ledgers = [Ledger(capacity: 1 << 23), Ledger(capacity: 1 << 23)]
  let board = Scoreboard()

  func clear() {
    for ledger in ledgers { ledger.clear() }
    board.clear()
  }
}

/// What a worker does.
enum Role: Int, CaseIterable {
  case producer, relay, sink

  /// How many there are at a time.
  var strength: Int {
    switch self {
    case .producer: 4
    case .relay: 4
    case .sink: 3
    }
  }
}

/// A worker's own end, drawn when it starts.
enum Ending: CaseIterable {
  /// It closes its endpoints.
  case close
  /// It lets its endpoints go, which closes them but acknowledges nothing.
  case letGo
  /// It throws.
  case failure
  /// It leaves without a word.
  case leave
  case abort, badAccess

  static func draw(_ random: inout Random) -> Ending {
    random.once(in: 2) ? .close : allCases[random.below(allCases.count)]
  }
}

/// The error of a worker that throws on purpose.
struct Deliberate: Error, CustomStringConvertible {
  static let text = "deliberate failure"
  var description: String { Self.text }
}
