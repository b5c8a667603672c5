internal import SharedMemory
internal import Synchronization

/// The endpoints that a worker took over by using them, because its closure captured them.
///
/// A worker leaves by `_exit`, which runs no `deinit`: without this list a captured endpoint would
/// look like that of a process that died.
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
