import Glibc
import SharedMemory

/// The processes of a round: kills, stops and replaces them.
struct Workforce<Item: StormItem> {
  let storm: Storm<Item>
  private(set) var hirelings: [Hireling] = []
  private(set) var hired = 0
  private(set) var kills = 0
  private(set) var stops = 0
  private(set) var killsWhileStopped = 0
  /// Workers that failed as none should.
  private(set) var failures: [String] = []
  private var random: Random

  init(_ storm: Storm<Item>) {
    self.storm = storm
    random = Random(seed: storm.seed)
  }

  func count(_ role: Role) -> Int { hirelings.count { $0.role == role } }

  mutating func fill(_ role: Role, to strength: Int) throws {
    while count(role) < strength {
      hired += 1
      hirelings.append(try Hireling.hire(role, storm, number: hired, &random))
    }
  }

  mutating func fill() throws {
    for role in Role.allCases { try fill(role, to: role.strength) }
  }

  /// Waits for those that have ended.
  mutating func reap() {
    hirelings = hirelings.filter { hireling in
      switch hireling.look() {
      case .running: return true
      case .ended: break
      case .failed(let message): failures.append(message)
      }
      storm.board.forgetStopped(hireling.process)
      return false
    }
  }

  /// Kills or stops somebody, sometimes all who have the same role.
  mutating func strike() {
    if hirelings.isEmpty { return }
    let victim = hirelings[random.below(hirelings.count)]
    switch random.below(100) {
    case 0..<70: kill(victim)
    case 70..<72: for other in hirelings where other.role == victim.role { kill(other) }
    case 72..<74: stop(victim, milliseconds: 300)
    default: stop(victim, milliseconds: 1 + random.below(40))
    }
  }

  /// The time to the next strike.
  mutating func pause(meanMicroseconds: Int) -> Int { random.below(2 * meanMicroseconds) }

  private mutating func kill(_ victim: Hireling) {
    if storm.board.forgetStopped(victim.process) { killsWhileStopped += 1 }
    if storm.board.nobodyIsStopped { storm.board.noteKill() }
    Glibc.kill(victim.process, SIGKILL)
    kills += 1
  }

  private mutating func stop(_ victim: Hireling, milliseconds: Int) {
    let until = Deadline.now.nanoseconds + UInt64(milliseconds) * 1_000_000
    storm.board.forgetStopped(victim.process)
    guard storm.board.noteStopped(victim.process, until: until) else { return }
    storm.board.forgetKill()
    Glibc.kill(victim.process, SIGSTOP)
    stops += 1
  }

  /// Kills all, or all who have the role.
  mutating func killAll(_ role: Role? = nil) {
    for hireling in hirelings where role == nil || hireling.role == role {
      Glibc.kill(hireling.process, SIGKILL)
      kills += 1
    }
  }
}
