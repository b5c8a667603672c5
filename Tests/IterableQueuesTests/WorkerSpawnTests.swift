import TestSupport
import Testing

/// Programs as workers, and what they are told of their endpoints.
@Suite(.timeLimit(.minutes(5)))
struct WorkerSpawnTests {
  @Test func `a program that cannot be started leaves the endpoints to the caller`() throws {
    expectQuietSuccess(try Scenario.run("a-program-that-cannot-be-started"))
  }

  @Test func `arguments, environment, working directory and standard streams arrive`() throws {
    let run = try Scenario.run("a-program-gets-its-surroundings")
    #expect(run.succeeded, "\(run)")
    // The two streams are exchanged.
    #expect(run.stdout == "to the output\n" && run.stderr == "to the error\n")
  }

  @Test func `what a program never takes up is lost when it ends`() throws {
    expectQuietSuccess(try Scenario.run("a-program-that-takes-nothing-up"))
  }

  @Test func `a program of another item type, kind of endpoint or name is told so`() throws {
    expectQuietSuccess(try Scenario.run("a-program-of-another-type"))
  }

  @Test func `a forged token is refused, and takes nothing from anybody`() throws {
    expectQuietSuccess(try Scenario.run("a-token-that-is-forged"))
  }

  @Test func `a token is good once, and for one process`() throws {
    expectQuietSuccess(try Scenario.run("a-token-that-was-used"))
  }

  @Test func `a program that exits with 0 acknowledges what it holds, with another status not`()
    throws
  {
    expectQuietSuccess(try Scenario.run("a-program-that-leaves-with-an-item-in-hand"))
  }

  @Test func `a program has no signal blocked or ignored`() throws {
    expectQuietSuccess(try Scenario.run("a-program-is-not-bothered-by-its-parent's-signals"))
  }

  @Test func `descriptors are passed on to that program only, and none is left open`() throws {
    expectQuietSuccess(try Scenario.run("descriptors-are-passed-on-to-that-program-only"))
  }

  @Test(arguments: ["kept", "removed"], Scenario.Workers.allCases)
  func `a queue with a name is passed on, also when the name is gone`(
    _ name: String, _ workers: Scenario.Workers
  ) throws {
    expectQuietSuccess(try Scenario.run("a-queue-with-a-name-is-passed-on", name, workers: workers))
  }

  @Test func `a group spawns several, and closes what was made for one that failed`() throws {
    expectQuietSuccess(try Scenario.run("a-group-spawns-several"))
  }

  @Test func `a process with many threads spawns from all of them`() throws {
    expectQuietSuccess(try Scenario.run("many-threads-spawn"))
  }

  @Test(arguments: ["yes", "no"], Scenario.Workers.allCases)
  func `a worker dies with its parent if it is asked to`(
    _ answer: String, _ workers: Scenario.Workers
  ) throws {
    expectQuietSuccess(
      try Scenario.run(
        "a-program-dies-with-its-parent-if-it-is-asked-to", answer, workers: workers))
  }

  @Test func `a program and its worker, as the README shows them`() throws {
    let run = try Scenario.run(program: "primes", [])
    #expect(run.succeeded, "\(run)")
    #expect(run.stdout == "9592\n" && run.stderr == "")
  }
}
