internal import CIterableQueue

#if canImport(Glibc)
  internal import Glibc
#endif

/// Tells which processes are dead, and keeps a pidfd for each that it was asked about.
///
/// A zombie is dead, a stopped process alive. A missing entry in /proc alone proves nothing. One
/// instance is used by one thread at a time; after `fork` the child goes on with its copy, whose
/// descriptors refer to the same processes. The C functions are `pidfd_open`, `poll` and `waitid`.
@safe public final class Liveness: @unchecked Sendable {
  // Plain tables and no Dictionary: a fork in another thread may copy them between two stores.
  private let processes: UnsafeMutablePointer<UInt64>
  private let requests: UnsafeMutablePointer<pollfd>
  private let capacity = 256
  private var used = 0
  /// Where the next process is likely to be found: most are asked about in the same order each time.
  private var next = 0
  /// What was added since the last `look` lies behind these.
  private var lookedAt = 0
  private var looks = 0

  public init() {
    unsafe processes = .allocate(capacity: capacity)
    unsafe requests = .allocate(capacity: capacity)
    unsafe processes.initialize(repeating: 0, count: capacity)
    unsafe requests.initialize(repeating: pollfd(), count: capacity)
  }

  deinit {
    forgetAll()
    unsafe processes.deallocate()
    unsafe requests.deallocate()
  }

  private func forgetAll() {
    next = 0
    lookedAt = 0
    for index in 0..<used {
      let descriptor = unsafe requests[index].fd
      // Cleared first: a child of a fork in between must not ask a number that it uses anew.
      unsafe processes[index] = 0
      unsafe requests[index].fd = Self.ended
      if descriptor >= 0 { close(descriptor) }
    }
    used = 0
  }

  private func index(of process: ProcessIdentity) -> Int? {
    for step in 0..<used {
      let index = next &+ step < used ? next &+ step : next &+ step &- used
      if unsafe processes[index] == process.rawValue {
        next = index + 1
        return index
      }
    }
    return nil
  }

  /// Asks all descriptors in one system call, for `wasRunning`. Whether they are still those of processes
  /// would be a call for each: that is asked of one in 16 at each look, of all only if `thoroughly`.
  public func look(thoroughly: Bool) {
    let found = unsafe poll(requests, nfds_t(used), 0)
    for index in 0..<used {
      let descriptor = unsafe requests[index].fd
      let isAsked = thoroughly || index & 15 == looks & 15
      if found < 0 || isAsked && descriptor != Self.ended && !Self.isOfProcess(descriptor) {
        unsafe requests[index].revents = Int16(POLLNVAL)
      }
    }
    lookedAt = used
    looks &+= 1
  }

  /// Whether the last `look` found it running. If not, `isDead` knows.
  public func wasRunning(_ process: ProcessIdentity) -> Bool {
    guard let index = index(of: process), index < lookedAt else { return false }
    return unsafe requests[index].fd != Self.ended && requests[index].revents == 0
  }

  public func isDead(_ process: ProcessIdentity) -> Bool {
    if process == .current { return false }
    if process == .nobody { return true }
    if let index = index(of: process) { return isStillDead(index) }
    if used == capacity { forgetAll() }
    guard let descriptor = Self.open(process) else { return Self.isDeadByProc(process) }
    unsafe requests[used] = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    unsafe processes[used] = process.rawValue
    used += 1
    return descriptor == Self.ended
  }

  /// Stands for the descriptor of a process that was found dead, and stays so.
  private static let ended: CInt = -1

  /// Asks the descriptor kept at `index`.
  private func isStillDead(_ index: Int) -> Bool {
    let descriptor = unsafe requests[index].fd
    if descriptor == Self.ended { return true }
    let process = unsafe ProcessIdentity(rawValue: processes[index])
    switch Self.state(descriptor) {
    case .running: return false
    case .ended:
      // Somebody who closes what it did not open may have given the number to another file.
      guard let fresh = Self.open(process) else { return Self.isDeadByProc(process) }
      unsafe requests[index].fd = fresh
      if fresh == Self.ended { close(descriptor) }
      return fresh == Self.ended
    case .closed:
      guard let fresh = Self.open(process) else { return Self.isDeadByProc(process) }
      unsafe requests[index].fd = fresh
      return fresh == Self.ended
    }
  }

  /// A new pidfd, `ended` if the process is dead, or nil if none can be had.
  private static func open(_ process: ProcessIdentity) -> CInt? {
    let descriptor = ciq_pidfd_open(process.processIdentifier)
    if descriptor == -ESRCH { return ended }
    if descriptor < 0 { return nil }
    // The id may belong to another process by now; the descriptor holds that one still.
    if isSomebodyElse(process) || state(descriptor) == .ended {
      close(descriptor)
      return ended
    }
    return descriptor
  }

  private enum State { case running, ended, closed }

  private static func state(_ descriptor: CInt) -> State {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&request, 1, 0) == 1 else {
      return isOfProcess(descriptor) ? .running : .closed
    }
    if request.revents & Int16(POLLNVAL) != 0 { return .closed }
    return request.revents & Int16(POLLIN) != 0 ? .ended : .running
  }

  /// Whether the descriptor still is a process's: somebody who closes what it did not open may have
  /// given the number to another file, which may be silent for ever. The C function is `waitid`, which
  /// takes nothing here.
  private static func isOfProcess(_ descriptor: CInt) -> Bool {
    var ignored = unsafe siginfo_t()
    let answer = unsafe waitid(
      P_PIDFD, id_t(descriptor), &ignored, WEXITED | WNOHANG | WNOWAIT)
    return answer == 0 || errno != EBADF
  }

  private static func isSomebodyElse(_ process: ProcessIdentity) -> Bool {
    var status = ciq_process_status()
    return unsafe ciq_process_read(process.processIdentifier, &status) == 0
      && status.start_time != process.startTime
  }

  /// Where no pidfd can be had (an old kernel, no descriptor left).
  private static func isDeadByProc(_ process: ProcessIdentity) -> Bool {
    if kill(process.processIdentifier, 0) == -1 && errno == ESRCH { return true }
    var status = ciq_process_status()
    guard unsafe ciq_process_read(process.processIdentifier, &status) == 0 else { return false }
    if status.start_time != process.startTime { return true }
    // A leader that has exited while its threads run shows Z as well.
    let ended = status.state == CChar(UInt8(ascii: "Z")) || status.state == CChar(UInt8(ascii: "X"))
    return ended && status.threads <= 1
  }
}
