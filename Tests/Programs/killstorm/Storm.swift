import IterableQueues

/// Two queues in a row, and what is known of their items: producers put into the first, relays carry
/// from the first into the second, sinks empty it.
struct Storm<Item: StormItem>: Sendable {
  let queues: [IterableQueue<Item>]
  let ledgers: [Ledger]
  let board: Scoreboard
  let seed: UInt64
  let maxDeliveries = 4
  /// Whether workers are programs of their own.
  let areWorkersSpawned: Bool
  /// Those of the cells that the workers share.
  var descriptors: [CInt] { ledgers.map(\.cells.descriptor) + [board.cells.descriptor] }

  init(_ shared: SharedMemoryOfStorm, seed: UInt64, areWorkersSpawned: Bool) throws {
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
    self.areWorkersSpawned = areWorkersSpawned
  }

  /// What a spawned worker has of it: its endpoints, but no queue.
  init(joining shared: SharedMemoryOfStorm, seed: UInt64) {
    queues = []
    ledgers = shared.ledgers
    board = shared.board
    self.seed = seed
    areWorkersSpawned = true
  }
}

/// Lies outside the queues; mapped before the first worker, and used again in each round.
struct SharedMemoryOfStorm {
  let ledgers: [Ledger]
  let board: Scoreboard
  private static let counts = [1 << 23, 1 << 23, Scoreboard.cellCount]

  init() { self.init(Self.counts.map { SharedCells(count: $0) }) }

  /// Those that the parent made.
  init(of descriptors: [CInt]) {
    self.init(zip(Self.counts, descriptors).map { SharedCells(count: $0, of: $1) })
  }

  private init(_ cells: [SharedCells]) {
    ledgers = cells.dropLast().map { Ledger(cells: $0) }
    board = Scoreboard(cells: cells[cells.count - 1])
  }

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
