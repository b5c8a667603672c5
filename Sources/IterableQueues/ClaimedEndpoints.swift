internal import SharedMemory
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#endif

/// The endpoints that a worker took over: those given to it, and those that its closure captured.
///
/// A forked worker leaves by `_exit`, which runs no `deinit`, and a spawned one has its endpoints in
/// globals, which have none: without this list they would look like those of a process that died.
enum ClaimedEndpoints {
  private static let isRecording = Atomic<Bool>(false)
  private static let cores = Recorded()

  private final class Recorded: @unchecked Sendable {
    let lock = HandleLock()
    var cores: [EndpointCore] = []
  }

  /// From here on this process, a worker, remembers what it claims.
  static func startRecording() {
    cores.cores = []
    isRecording.store(true, ordering: .relaxed)
  }

  /// The same in a program that was spawned, which leaves by `exit`: it closes what it has claimed, and with
  /// status 0 acknowledges its items. The C function is `on_exit`.
  static func settleAtExit() {
    if isRecording.load(ordering: .relaxed) { return }
    startRecording()
    _ = unsafe on_exit({ status, _ in ClaimedEndpoints.settle(isSuccess: status == 0) }, nil)
  }

  /// Ends this process's use of what it has claimed. A consumer with which another thread is decoding or
  /// reading still after 100 ms stays, until somebody finds the process dead.
  static func settle(isSuccess: Bool) {
    let deadline = Deadline(after: .milliseconds(100))
    for core in all { core.leave(isSuccess: isSuccess, until: deadline) }
  }

  static func record(_ core: EndpointCore) {
    guard isRecording.load(ordering: .relaxed), cores.lock.lock() == .acquired else { return }
    cores.cores.append(core)
    cores.lock.unlock()
  }

  /// What this process has claimed so far.
  static var all: [EndpointCore] {
    guard cores.lock.lock() == .acquired else { return [] }
    defer { cores.lock.unlock() }
    return cores.cores
  }
}
