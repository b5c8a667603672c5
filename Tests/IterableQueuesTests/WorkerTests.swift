import Glibc
import IterableQueues
import TestSupport
import Testing

/// Runs a scenario that checks everything itself and writes nothing to standard error.
func expectQuietSuccess(
  _ run: Scenario, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(run.succeeded, "\(run)", sourceLocation: sourceLocation)
  #expect(run.stderr == "", sourceLocation: sourceLocation)
}

@Suite(.timeLimit(.minutes(10)))
struct WorkerTests {
  typealias Workers = Scenario.Workers

  @Test(arguments: Workers.allCases)
  func `a worker runs its closure in a process of its own and is reaped`(_ workers: Workers) throws
  {
    expectQuietSuccess(try Scenario.run("worker-returns", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a thrown error reaches the parent, as often as it waits`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("worker-throws", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a long error is cut between two characters`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("worker-throws-at-length", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `an error with an empty description is still an error that was thrown`(_ workers: Workers)
    throws
  {
    expectQuietSuccess(try Scenario.run("worker-throws-nothing-to-say", workers: workers))
  }

  @Test(
    arguments: [(SIGSEGV, "SIGSEGV"), (SIGKILL, "SIGKILL"), (SIGPIPE, "SIGPIPE")]
      as [(CInt, String)],
    Workers.allCases)
  func `death by a signal is told with its number and name`(
    _ death: (signal: CInt, name: String), _ workers: Workers
  ) throws {
    let (signal, name) = death
    let run = try Scenario.run("worker-signal", "\(signal)", workers: workers)
    expectQuietSuccess(run)
    #expect(run.stdout == ") was killed by signal \(signal) (\(name))\n")
  }

  @Test(arguments: Workers.allCases)
  func `fatalError in a worker is a signal in the parent`(_ workers: Workers) throws {
    let run = try Scenario.run("worker-fatal-error", workers: workers)
    #expect(run.succeeded, "\(run)")
    #expect(run.stderr.contains("the end"))
  }

  @Test(arguments: Workers.allCases)
  func `another exit status than 0 is a failure`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("worker-exit-status", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `last words survive a SIGKILL that follows`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("worker-last-words-survive", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `many threads wait for one worker and hear the same`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("worker-many-waiters", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a wait that times out throws, and the worker goes on`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("worker-timeout", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `terminate sends SIGTERM, kill sends SIGKILL, and wait says so`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("worker-terminate-and-kill", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a worker that somebody else reaped is an error that says so`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("worker-reaped-elsewhere", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `children that are no workers are left alone`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("other-children-are-left-alone", workers: workers))
  }

  @Test func `a worker that a child inherits belongs to the parent`() throws {
    expectQuietSuccess(try Scenario.run("worker-inherited"))
  }
}

@Suite(.timeLimit(.minutes(10)))
struct WorkerErrorTests {
  private func text(
    _ ending: WorkerError.Ending, _ message: String? = nil, name: String? = nil, index: Int? = nil
  ) -> String {
    "\(WorkerError(name: name, index: index, processIdentifier: 4711, ending: ending, message: message))"
  }

  @Test func `an error says which worker`() {
    #expect(text(.exited(status: 2)) == "worker (pid 4711) left with exit status 2")
    #expect(text(.exited(status: 2), index: 3) == "worker 3 (pid 4711) left with exit status 2")
    #expect(
      text(.exited(status: 1), "no", name: "ranker", index: 3)
        == "worker 3 \"ranker\" (pid 4711) threw: no")
  }

  @Test func `an error says what a worker threw and how it ended then`() {
    #expect(text(.exited(status: 1), "no") == "worker (pid 4711) threw: no")
    #expect(
      text(.killed(signal: 9, coreDumped: false), "no")
        == "worker (pid 4711) threw: no; then it was killed by signal 9 (SIGKILL)")
  }

  @Test func `an error says that a core was dumped`() {
    #expect(
      text(.killed(signal: 11, coreDumped: true))
        == "worker (pid 4711) was killed by signal 11 (SIGSEGV) and dumped core")
  }

  @Test func `a signal without a name is told by its number`() {
    #expect(
      text(.killed(signal: 40, coreDumped: false)) == "worker (pid 4711) was killed by signal 40")
  }
}
