internal import RingBuffer
internal import SharedMemory
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#endif

/// Lets the names go of which a program that ends normally is the last user: globals have no
/// `deinit`. The C function is `atexit`.
enum NamesAtExit {
  private static let isRegistered = Atomic<Bool>(false)
  private static let queues = Queues()

  private final class Queues: @unchecked Sendable {
    let lock = HandleLock()
    var cores: [Weak] = []
  }

  private struct Weak {
    weak var core: QueueCore?
  }

  /// From here on the name goes with this process, if it is the last.
  static func watch(_ core: QueueCore) {
    guard queues.lock.lock() == .acquired else { return }
    queues.cores.removeAll { $0.core == nil }
    queues.cores.append(Weak(core: core))
    queues.lock.unlock()
    if !isRegistered.exchange(true, ordering: .relaxed) { atexit { NamesAtExit.leave() } }
  }

  private static func leave() {
    guard queues.lock.lock(until: Deadline(after: .milliseconds(100))) == .acquired else { return }
    let cores = queues.cores.compactMap(\.core)
    queues.lock.unlock()
    for core in cores { _ = core.ring.retireIfAbandoned(.briefly, isLeaving: true) }
  }
}
