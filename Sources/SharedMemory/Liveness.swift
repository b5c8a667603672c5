internal import CIterableQueue

#if canImport(Glibc)
  internal import Glibc
#endif

/// Tells which processes are dead, and keeps a pidfd for each that it was asked about.
///
/// A zombie is dead, a stopped process alive. A missing entry in /proc alone proves nothing. One
/// instance is used by one thread at a time; after `fork` the child goes on with its copy, whose
/// descriptors refer to the same processes. The C functions are `pidfd_open` and `poll`.
@safe public final class Liveness: @unchecked Sendable {
  private struct Entry {
    var process: UInt64
    var descriptor: CInt
  }

  // A plain table and no Dictionary: a fork in another thread may copy it between two stores.
  private let entries: UnsafeMutablePointer<Entry>
  private let capacity = 512
  private var used = 0

  public init() {
    unsafe entries = .allocate(capacity: capacity)
    unsafe entries.initialize(repeating: Entry(process: 0, descriptor: -1), count: capacity)
  }

  deinit {
    forgetAll()
    unsafe entries.deallocate()
  }

  private func forgetAll() {
    for index in 0..<capacity where unsafe entries[index].process != 0 {
      let descriptor = unsafe entries[index].descriptor
      // Cleared first: a child of a fork in between must not ask a number that it uses anew.
      unsafe entries[index] = Entry(process: 0, descriptor: -1)
      if descriptor >= 0 { close(descriptor) }
    }
    used = 0
  }

  public func isDead(_ process: ProcessIdentity) -> Bool {
    if process == .current { return false }
    if process == .nobody { return true }
    if used >= capacity / 2 { forgetAll() }
    var index = Int((process.rawValue &* 0x9E37_79B9_7F4A_7C15) >> 32) % capacity
    while unsafe entries[index].process != 0 {
      if unsafe entries[index].process == process.rawValue { return isStillDead(index) }
      index = (index + 1) % capacity
    }
    guard let descriptor = Self.open(process) else { return Self.isDeadByProc(process) }
    unsafe entries[index].descriptor = descriptor
    unsafe entries[index].process = process.rawValue
    used += 1
    return descriptor == Self.ended
  }

  /// Stands for the descriptor of a process that was found dead, and stays so.
  private static let ended: CInt = -1

  /// Asks the descriptor kept at `index`.
  private func isStillDead(_ index: Int) -> Bool {
    let entry = unsafe entries[index]
    if entry.descriptor == Self.ended { return true }
    let process = ProcessIdentity(rawValue: entry.process)
    switch Self.state(entry.descriptor) {
    case .running: return false
    case .ended:
      // Somebody who closes what it did not open may have given the number to another file.
      guard let fresh = Self.open(process) else { return Self.isDeadByProc(process) }
      unsafe entries[index].descriptor = fresh
      if fresh == Self.ended { close(entry.descriptor) }
      return fresh == Self.ended
    case .closed:
      guard let fresh = Self.open(process) else { return Self.isDeadByProc(process) }
      unsafe entries[index].descriptor = fresh
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
