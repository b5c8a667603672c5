import SharedMemory
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A thread of its own, whose death is the death of an owner of locks.
final class TestThread: Sendable {
  private let body: @Sendable () -> Void
  private let thread = Atomic<UInt>(0)

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
    var thread = pthread_t()
    let error = unsafe pthread_create(
      &thread, nil,
      {
        guard let argument = unsafe $0 else { return nil }
        unsafe Unmanaged<TestThread>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    precondition(error == 0)
    self.thread.store(UInt(thread), ordering: .sequentiallyConsistent)
  }

  func join() { pthread_join(pthread_t(thread.load(ordering: .sequentiallyConsistent)), nil) }
}

/// Sleeps until `condition` is true.
func waitUntil(_ condition: () -> Bool) { while !condition() { usleep(200) } }

struct Unexpected: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
