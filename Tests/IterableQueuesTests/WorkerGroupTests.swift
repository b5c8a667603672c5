import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct WorkerGroupTests {
  typealias Workers = Scenario.Workers

  @Test(arguments: Workers.allCases)
  func `a group waits for all its workers and reaps them`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("group-waits-for-all", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a group without workers has nothing to wait for`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("group-without-workers", workers: workers))
  }

  @Test(arguments: ["looking", "not looking"], Workers.allCases)
  func `a group throws its first failure and lists the others`(how: String, _ workers: Workers)
    throws
  {
    expectQuietSuccess(try Scenario.run("group-first-failure", how, workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `terminate and kill reach every worker of a group`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("group-terminate", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `deaths that the caller asked for are not the first failure`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("group-terminate-after-failure", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `failing fast ends the others and throws the cause`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("group-fails-fast", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `failing fast kills who ignores SIGTERM, after the grace period`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("group-fails-fast-by-force", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `without failing fast the others finish`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("group-does-not-fail-fast", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a group also waits for workers that are forked meanwhile`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("group-grows-while-waiting", workers: workers))
  }

  @Test func `a group that a worker inherits is inert there`() throws {
    expectQuietSuccess(try Scenario.run("group-inherited"))
  }

  @Test(arguments: Workers.allCases)
  func `a group works without a file descriptor to spare`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("group-without-descriptors", workers: workers))
  }
}
