import Glibc
import IterableQueues
import SharedMemory

/// What a round, or all of them together, came to.
struct Tally {
  var kills = 0, stops = 0, killsWhileStopped = 0, workers = 0
  var items = 0, redeliveries = 0, deadLetters = 0, neverCommitted = 0, refused = 0, inDoubt = 0
  var losses = 0, duplicates = 0, otherFaults = 0
  var longestDelayMilliseconds: UInt64 = 0, longestEndMilliseconds: UInt64 = 0
  /// The first faults, in words.
  var faults: [String] = []

  var isClean: Bool { losses == 0 && duplicates == 0 && otherFaults == 0 }

  mutating func fault(_ text: String) {
    otherFaults += 1
    describe(text)
  }

  mutating func describe(_ text: String) {
    if faults.count < 40 { faults.append(text) }
  }

  mutating func add(_ other: Tally) {
    kills += other.kills
    stops += other.stops
    killsWhileStopped += other.killsWhileStopped
    workers += other.workers
    items += other.items
    redeliveries += other.redeliveries
    deadLetters += other.deadLetters
    neverCommitted += other.neverCommitted
    refused += other.refused
    inDoubt += other.inDoubt
    losses += other.losses
    duplicates += other.duplicates
    otherFaults += other.otherFaults
    longestDelayMilliseconds = max(longestDelayMilliseconds, other.longestDelayMilliseconds)
    longestEndMilliseconds = max(longestEndMilliseconds, other.longestEndMilliseconds)
    faults += other.faults
  }
}

/// One pipeline from its first item to its last, and its accounts.
struct Round<Item: StormItem> {
  let storm: Storm<Item>
  var workforce: Workforce<Item>

  init(_ shared: SharedMemoryOfStorm, seed: UInt64, areWorkersSpawned: Bool) throws {
    shared.clear()
    storm = try Storm(shared, seed: seed, areWorkersSpawned: areWorkersSpawned)
    workforce = Workforce(storm)
  }

  /// Kills for as long as it is told, then lets the pipeline run empty, and accounts for every item.
  mutating func run(seconds: Double, meanPause: Int) throws -> Tally {
    let storm = storm
    let end = Deadline(after: .seconds(seconds))
    while !end.isPast, !storm.ledgers.contains(where: \.isNearlyFull) {
      watchOver("storm")
      workforce.reap()
      try workforce.fill()
      usleep(useconds_t(workforce.pause(meanMicroseconds: meanPause)))
      workforce.strike()
    }
    storm.board.forgetKill()
    let endDelay = try endProducers()
    try drain(0, by: .relay)
    try drain(1, by: .sink)
    watchOver("accounts")
    var tally = account()
    tally.kills = workforce.kills
    tally.stops = workforce.stops
    tally.killsWhileStopped = workforce.killsWhileStopped
    tally.workers = workforce.hired
    tally.longestEndMilliseconds = endDelay
    tally.longestDelayMilliseconds = storm.board.longestDelayMilliseconds
    for failure in workforce.failures { tally.fault(failure) }
    Alarm.onHang(nil)
    return tally
  }

  /// Lets the producers end, or kills all of them in a closed queue: then their deaths are what the
  /// relays wait for. Returns how long the first relay waited, in milliseconds.
  private mutating func endProducers() throws -> UInt64 {
    watchOver("last producers")
    if storm.seed >> 1 & 1 == 0 {
      storm.board.stage = .lastItems
      try waitForAll(.producer)
      return 0
    }
    while !storm.board.nobodyIsStopped { usleep(1_000) }
    storm.queues[0].close()
    workforce.killAll(.producer)
    let killed = Deadline.now.nanoseconds
    storm.board.stage = .lastItems
    try waitForAll(.producer)
    while storm.board.firstEnd == 0 {
      workforce.reap()
      try workforce.fill(.relay, to: Role.relay.strength)
      try workforce.fill(.sink, to: Role.sink.strength)
      usleep(1_000)
    }
    return (max(storm.board.firstEnd, killed) - killed) / 1_000_000
  }

  private func watchOver(_ what: String) {
    let storm = storm, workforce = workforce
    Alarm.onHang {
      var workforce = workforce
      describeHang(storm, workforce, during: what)
      workforce.killAll()
      _exit(1)
    }
  }

  /// While a role comes to its end, those after it are replaced.
  private mutating func waitForAll(_ role: Role) throws {
    while workforce.count(role) > 0 {
      workforce.reap()
      for other in Role.allCases where other.rawValue > role.rawValue {
        try workforce.fill(other, to: other.strength)
      }
      usleep(1_000)
    }
  }

  /// Closes a queue, and goes on until nothing is left in it or in anybody's hands: a worker that
  /// dies after all others have seen the end leaves its item to those who come later.
  private mutating func drain(_ index: Int, by role: Role) throws {
    let queue = storm.queues[index]
    queue.close()
    watchOver("last items of queue \(index + 1)")
    try waitForAll(role)
    while true {
      let now = queue.statistics
      if now.count + now.inFlight + now.orphaned == 0 { break }
      try workforce.fill(role, to: 2)
      try waitForAll(role)
    }
  }
}
