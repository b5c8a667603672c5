import Testing

@Suite(.timeLimit(.minutes(5)))
struct WorkerGroupTests {
  @Test func `a group waits for all its workers and reaps them`() throws {
    expectQuietSuccess(try Scenario.run("group-waits-for-all"))
  }

  @Test func `a group without workers has nothing to wait for`() throws {
    expectQuietSuccess(try Scenario.run("group-without-workers"))
  }

  @Test(arguments: ["looking", "not looking"])
  func `a group throws its first failure and lists the others`(how: String) throws {
    expectQuietSuccess(try Scenario.run("group-first-failure", how))
  }

  @Test func `terminate and kill reach every worker of a group`() throws {
    expectQuietSuccess(try Scenario.run("group-terminate"))
  }

  @Test func `deaths that the caller asked for are not the first failure`() throws {
    expectQuietSuccess(try Scenario.run("group-terminate-after-failure"))
  }

  @Test func `failing fast ends the others and throws the cause`() throws {
    expectQuietSuccess(try Scenario.run("group-fails-fast"))
  }

  @Test func `failing fast kills who ignores SIGTERM, after the grace period`() throws {
    expectQuietSuccess(try Scenario.run("group-fails-fast-by-force"))
  }

  @Test func `without failing fast the others finish`() throws {
    expectQuietSuccess(try Scenario.run("group-does-not-fail-fast"))
  }

  @Test func `a group also waits for workers that are forked meanwhile`() throws {
    expectQuietSuccess(try Scenario.run("group-grows-while-waiting"))
  }

  @Test func `a group that a worker inherits is inert there`() throws {
    expectQuietSuccess(try Scenario.run("group-inherited"))
  }

  @Test func `a group works without a file descriptor to spare`() throws {
    expectQuietSuccess(try Scenario.run("group-without-descriptors"))
  }
}
