import SharedMemory

/// What the processes of the storm tell each other beside the queues: commands, clocks, findings.
struct Scoreboard {
  private enum Cell: Int {
    case stage, deliveries, firstUnansweredKill, longestDelay, firstEnd, nextDeadly, findings
    case stopped  // first of many: process id << 1, then the time to continue it
  }
  static let mostStopped = 32
  private static let findingWords = 4
  private static let mostFindings = 64
  private static let firstFinding = Cell.stopped.rawValue + 2 * mostStopped
  static let cellCount = firstFinding + findingWords * mostFindings
  let cells: SharedCells

  func clear() { cells.clear() }

  /// What the round is at.
  enum Stage: UInt64 { case storm, lastItems }
  var stage: Stage {
    get { Stage(rawValue: cells[Cell.stage.rawValue]) ?? .lastItems }
    nonmutating set { cells[Cell.stage.rawValue] = newValue.rawValue }
  }

  /// How many items were delivered, in both queues.
  var deliveries: UInt64 { cells[Cell.deliveries.rawValue] }

  /// Something was delivered: the first after a death tells how long peers were held up.
  func noteProgress(_ count: Int) {
    cells.add(UInt64(count), to: Cell.deliveries.rawValue)
    let cell = Cell.firstUnansweredKill.rawValue
    if cells[cell] == 0 { return }
    let killed = cells.exchange(cell, 0)
    if killed == 0 { return }
    cells.raise(Cell.longestDelay.rawValue, to: Deadline.now.nanoseconds &- killed)
  }

  func noteKill() {
    _ = cells.compareExchange(Cell.firstUnansweredKill.rawValue, 0, Deadline.now.nanoseconds)
  }

  /// A stopped process may hold a lock: what waits for it is not held up by a death.
  func forgetKill() { cells[Cell.firstUnansweredKill.rawValue] = 0 }

  var longestDelayMilliseconds: UInt64 { cells[Cell.longestDelay.rawValue] / 1_000_000 }

  /// When the first worker was told the end of the stream; 0 before.
  var firstEnd: UInt64 { cells[Cell.firstEnd.rawValue] }
  func noteEnd() { _ = cells.compareExchange(Cell.firstEnd.rawValue, 0, Deadline.now.nanoseconds) }

  /// Now and then, one item that kills its consumers.
  func drawDeadly() -> Bool {
    let cell = Cell.nextDeadly.rawValue
    let due = cells[cell], now = Deadline.now.nanoseconds
    return now >= due && cells.compareExchange(cell, due, now + 700_000_000) && due != 0
  }
}

// Stopped processes.
extension Scoreboard {
  func stoppedProcess(_ index: Int) -> (process: UInt64, until: UInt64) {
    let cell = Cell.stopped.rawValue + 2 * index
    return (cells[cell], cells[cell + 1])
  }

  /// Returns false if there is no place.
  func noteStopped(_ process: CInt, until: UInt64) -> Bool {
    for index in 0..<Self.mostStopped {
      let cell = Cell.stopped.rawValue + 2 * index
      if cells[cell] == 0 {
        cells[cell + 1] = until
        cells[cell] = UInt64(process)
        return true
      }
    }
    return false
  }

  /// Takes the process out. Returns whether it was there.
  @discardableResult
  func forgetStopped(_ process: CInt) -> Bool {
    for index in 0..<Self.mostStopped {
      if cells.compareExchange(Cell.stopped.rawValue + 2 * index, UInt64(process), 0) {
        return true
      }
    }
    return false
  }

  var nobodyIsStopped: Bool {
    (0..<Self.mostStopped).allSatisfy { stoppedProcess($0).process == 0 }
  }
}

/// What a worker saw that must not be.
enum Finding: UInt64 {
  case deliveredAfterAcknowledgement = 1, attemptNotHigher, neverPut, outOfOrder, declaredDead
  case damagedItem, endedEarly, tooManyAttempts

  var isDuplicate: Bool { self == .deliveredAfterAcknowledgement || self == .attemptNotHigher }
}

extension Scoreboard {
  func report(_ finding: Finding, queue: Int, number: Int, _ facts: UInt64, _ detail: Int) {
    let index = Int(cells.add(1, to: Cell.findings.rawValue))
    if index >= Self.mostFindings { return }
    let cell = Self.firstFinding + index * Self.findingWords
    cells[cell + 1] = UInt64(queue) << 56 | UInt64(truncatingIfNeeded: number)
    cells[cell + 2] = facts
    cells[cell + 3] = UInt64(bitPattern: Int64(detail))
    cells[cell] = finding.rawValue
  }

  var findingCount: Int { Int(cells[Cell.findings.rawValue]) }

  /// The first findings, in words, and whether each is a wrong duplicate.
  var findings: [(text: String, isDuplicate: Bool)] {
    (0..<min(findingCount, Self.mostFindings)).map { index in
      let cell = Self.firstFinding + index * Self.findingWords
      let place = cells[cell + 1]
      guard let finding = Finding(rawValue: cells[cell]) else { return ("unfinished", false) }
      return (
        "\(finding): queue \(place >> 56), item \(place & 0xFFFF_FFFF), facts "
          + String(cells[cell + 2], radix: 16) + ", detail \(Int64(bitPattern: cells[cell + 3]))",
        finding.isDuplicate
      )
    }
  }
}
