import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct WorkerForkTests {
  @Test func `a process with threads is not forked, unless the caller says that it knows`() throws {
    expectQuietSuccess(try Scenario.run("fork-with-threads"))
  }

  @Test func `a thread that was joined does not forbid a fork`() throws {
    expectQuietSuccess(try Scenario.run("fork-after-join"))
  }

  @Test func `a child finds a lock free that a thread of its parent has, and biased to that`()
    throws
  {
    expectQuietSuccess(try Scenario.run("fork-biased-lock"))
  }

  @Test func `a child that is forked while bytes are read in place says nothing of the item`()
    throws
  {
    expectQuietSuccess(try Scenario.run("fork-while-reading"))
  }

  @Test func `buffered output appears once, and a worker runs no exit handler`() throws {
    let run = try Scenario.run("fork-stdio")
    expectQuietSuccess(run)
    let lines = run.stdout.split(separator: "\n").map(String.init)
    #expect(lines.prefix(3) == ["before", "in the worker", "in the failing worker"])
    let parent = lines.last?.split(separator: " ").last ?? ""
    #expect(lines.suffix(2) == ["after in \(parent)", "at exit of \(parent)"])
    #expect(lines.count == 5)
  }
}
