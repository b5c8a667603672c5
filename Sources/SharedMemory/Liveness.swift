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
      unsafe close(entries[index].descriptor)
      unsafe entries[index] = Entry(process: 0, descriptor: -1)
    }
    used = 0
  }

  public func isDead(_ process: ProcessIdentity) -> Bool {
    if process == .current { return false }
    if process == .nobody { return true }
    var index = Int(truncatingIfNeeded: process.rawValue &* 0x9E37_79B9_7F4A_7C15 >> 32) % capacity
    while unsafe entries[index].process != 0 {
      if unsafe entries[index].process == process.rawValue {
        return unsafe Self.hasEnded(entries[index].descriptor)
      }
      index = (index + 1) % capacity
    }
    let descriptor = ciq_pidfd_open(process.processIdentifier)
    if descriptor == -ESRCH { return true }
    if descriptor < 0 { return Self.isDeadByProc(process) }
    // The id may belong to another process by now; the descriptor holds that one still.
    if Self.isSomebodyElse(process) || Self.hasEnded(descriptor) {
      close(descriptor)
      return true
    }
    if used >= capacity / 2 {
      forgetAll()
      return isDead(process)
    }
    unsafe entries[index].descriptor = descriptor
    unsafe entries[index].process = process.rawValue
    used += 1
    return false
  }

  private static func hasEnded(_ descriptor: CInt) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&request, 1, 0) == 1 && request.revents & Int16(POLLIN) != 0
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
