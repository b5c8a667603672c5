import Glibc
import IterableQueues
import SharedMemory

/// What one worker does from its start to its end.
struct Work<Item: StormItem> {
  let storm: Storm<Item>
  let role: Role
  /// The worker's number, counted from 1.
  let number: Int
  private var random: Random
  private var ending: Ending
  private var steps: Int
  /// `Worker.fork` closes the endpoints that it handed over when the work returns.
  private let isClosedAfterwards: Bool

  init(_ storm: Storm<Item>, _ role: Role, number: Int, isClosedAfterwards: Bool) {
    self.isClosedAfterwards = isClosedAfterwards
    self.storm = storm
    self.role = role
    self.number = number
    random = Random(seed: storm.seed &+ UInt64(number) << 20)
    ending = Ending.draw(&random)
    steps = random.once(in: 4) ? random.below(20) : 20 + random.below(3_000)
  }

  mutating func produce(_ producer: Producer<Item>) throws {
    let out = hand(producer, 0)
    while steps > 0, storm.board.stage == .storm {
      steps -= 1
      rest(.producer)
      let count = random.once(in: 4) ? 2 + random.below(40) : 1
      if try out.put(from: [Int](repeating: 0, count: count), &random) == nil { break }
    }
    try end()
    if ending == .close { producer.close() }
  }

  mutating func relay(_ consumer: Consumer<Item>, _ producer: Producer<Item>) throws {
    var hand = TakingHand(consumer, storm, place: 1)
    let out = self.hand(producer, 1)
    while steps > 0 {
      steps -= 1
      rest(.relay)
      let taken = try hand.take(&random)
      if taken == .end { break }
      if taken == .nothing { continue }
      if hand.holdsDeadly { die() }
      guard try carry(hand.held, out) else { break }
      try hand.settle(&random)
    }
    try end()
    if ending == .close || isClosedAfterwards {
      hand.close()
      producer.close()
    }
  }

  mutating func sink(_ consumer: Consumer<Item>) throws {
    var hand = TakingHand(consumer, storm, place: 2)
    while steps > 0 {
      steps -= 1
      rest(.sink)
      let taken = try hand.take(&random)
      if taken == .end { break }
      if hand.holdsDeadly { die() }
      try hand.settle(&random)
    }
    try end()
    if ending == .close || isClosedAfterwards { hand.close() }
  }

  /// Puts something made from each item into the second queue. Returns false if that cannot be done
  /// in this round any more: then nothing may be acknowledged.
  private mutating func carry(_ items: [Int], _ out: PuttingHand<Item>) throws -> Bool {
    var left = items[...]
    while !left.isEmpty {
      let some = random.once(in: 2) ? Array(left) : [left[left.startIndex]]
      guard let count = try out.put(from: some, &random) else {
        ending = .failure
        return false
      }
      left = left.dropFirst(count)
    }
    return true
  }

  private func hand(_ producer: Producer<Item>, _ index: Int) -> PuttingHand<Item> {
    PuttingHand(
      producer: producer, ledger: storm.ledgers[index], board: storm.board, worker: number)
  }

  /// By turns, producers and sinks are slow, so that the queues run full and empty.
  private mutating func rest(_ role: Role) {
    let phase = Deadline.now.nanoseconds / 300_000_000 % 3
    let isSlow = phase < 2 && (phase == 0) == (role == .producer)
    if random.once(in: isSlow ? 4 : 400) { usleep(useconds_t(random.below(isSlow ? 500 : 3_000))) }
  }

  /// Ends the process in the way that was drawn, unless it is one in which the work returns.
  private func end() throws {
    switch ending {
    case .close, .letGo: return
    case .failure: throw Deliberate()
    case .leave: _exit(0)
    case .abort, .badAccess: die()
    }
  }

  private func die() -> Never {
    switch ending {
    case .abort: abort()
    case .badAccess: raise(SIGSEGV)
    default: raise(SIGKILL)
    }
    _exit(0)
  }

  /// The first thing in the worker's process: no core, no backtrace when it dies. Built with the
  /// trait `CrashPoints`, most workers are told to die at a step of the protocol: few of the kills
  /// from outside fall between two stores that are nanoseconds apart.
  mutating func start() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    for number in [SIGSEGV, SIGABRT, SIGALRM] { signal(number, SIG_DFL) }
    #if CrashPoints
      if random.once(in: 4) { return }
      let point = CrashPoint.allCases[1 + random.below(CrashPoint.allCases.count - 1)]
      point.arm(signal: SIGKILL, visit: UInt32(1 + random.below(1 << random.below(12))))
    #endif
  }
}
