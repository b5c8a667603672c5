import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A thread of its own, whose result can be waited for, and whose end is the death of an owner of
/// locks.
package final class TestThread<Result: Sendable>: Sendable {
  private let body: @Sendable () -> Result
  private let thread = Atomic<UInt>(0)
  private let result = Mutex<Result?>(nil)

  /// Runs `body` on a new thread.
  package init(_ body: @escaping @Sendable () -> Result) {
    self.body = body
    let run: @Sendable () -> Void = { [self] in
      let value = self.body()
      result.withLock { $0 = value }
    }
    var thread = pthread_t()
    let error = unsafe pthread_create(
      &thread, nil,
      {
        guard let argument = unsafe $0 else { return nil }
        unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(Start(run: run)).toOpaque())
    precondition(error == 0)
    self.thread.store(UInt(thread), ordering: .sequentiallyConsistent)
  }

  /// Waits for the thread's end, and returns what its body returned. Once only.
  @discardableResult
  package func join() -> Result {
    pthread_join(pthread_t(thread.load(ordering: .sequentiallyConsistent)), nil)
    return result.withLock { $0! }
  }
}

/// What a thread begins with. It cannot be generic: C calls it.
private final class Start: Sendable {
  let run: @Sendable () -> Void
  init(run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Looks every millisecond until `condition` holds; the test's time limit is the watchdog.
package func waitUntil(_ condition: () throws -> Bool) rethrows {
  while try !condition() { usleep(1000) }
}
