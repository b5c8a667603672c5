import Glibc
import IterableQueues

/// What a scenario does with the arguments after its name.
typealias Scenario = @Sendable (_ arguments: [String]) throws -> Void

/// Says what went wrong and leaves with status 1. Leaves the same way in a forked worker, where
/// `exit` would run what the parent has registered with `atexit`.
func fail(_ message: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
  say("\(file):\(line): \(message)", to: STDERR_FILENO)
  fflush(nil)
  _exit(1)
}

func expect(
  _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID,
  line: UInt = #line
) {
  if !condition { fail("expected: " + message(), file: file, line: line) }
}

func expectEqual<Value: Equatable>(
  _ found: Value, _ expected: Value, file: StaticString = #fileID, line: UInt = #line
) {
  if found != expected { fail("found \(found), expected \(expected)", file: file, line: line) }
}

/// The error that `body` throws, which must be a `Failure`.
func expectThrows<Failure: Error>(
  _ type: Failure.Type, file: StaticString = #fileID, line: UInt = #line,
  _ body: () throws -> Void
) -> Failure {
  do {
    try body()
  } catch let error as Failure {
    return error
  } catch {
    fail("threw \(error), expected a \(type)", file: file, line: line)
  }
  fail("threw nothing, expected a \(type)", file: file, line: line)
}

/// Writes one line at once, so that lines of several processes do not mix.
func say(_ line: String, to descriptor: CInt = STDOUT_FILENO) {
  let bytes = Array((line + "\n").utf8)
  _ = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
}

/// Looks every millisecond until `condition` holds; whoever runs the scenario has the watchdog.
func eventually(_ condition: () throws -> Bool) rethrows {
  while try !condition() { usleep(1000) }
}

/// What a worker throws to be heard.
struct Boom: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

/// Leaves without closing `endpoints`, as a process that dies does; an optimiser may end the life of
/// what lies before a call that never returns.
func leaveHolding(_ endpoints: any Endpoint...) -> Never {
  for endpoint in endpoints { _ = unsafe Unmanaged.passRetained(endpoint as AnyObject) }
  _exit(0)
}
