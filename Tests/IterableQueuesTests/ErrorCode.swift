import IterableQueues
import Testing

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
