import Foundation
import IterableQueues
import Testing

/// A thread whose result can be waited for.
final class Joinable<Result: Sendable>: @unchecked Sendable {
  private let done = DispatchSemaphore(value: 0)
  private var result: Result?

  /// Runs `body` on a thread of its own.
  init(_ body: @escaping @Sendable () -> Result) {
    let thread = Thread { [self] in
      result = body()
      done.signal()
    }
    thread.start()
  }

  /// Waits for the end of the thread.
  func join() -> Result {
    done.wait()
    done.signal()
    return result!
  }
}

/// Looks every millisecond until `condition` holds; the test's time limit is the watchdog.
func eventually(_ condition: () throws -> Bool) rethrows {
  while try !condition() { usleep(1000) }
}

/// The code of the error that `body` throws, or nil. Any other error is a test failure.
func code(_ body: () throws -> Void) -> QueueError.Code? {
  do {
    try body()
  } catch let error as QueueError {
    return error.code
  } catch {
    Issue.record(error)
  }
  return nil
}
