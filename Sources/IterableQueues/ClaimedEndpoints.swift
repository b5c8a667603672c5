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

  /// The same in a program that was spawned, which leaves by `exit`: with status 0 it closes what it
  /// has claimed, and otherwise it abandons that. The C function is `on_exit`.
  static func settleAtExit() {
    if isRecording.load(ordering: .relaxed) { return }
    startRecording()
    _ = unsafe on_exit({ status, _ in ClaimedEndpoints.settle(isSuccess: status == 0) }, nil)
  }

  /// Ends this process's use of what it has claimed.
  static func settle(isSuccess: Bool) {
    for core in all { core.leave(isSuccess: isSuccess) }
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
