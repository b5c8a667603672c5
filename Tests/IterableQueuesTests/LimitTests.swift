import TestSupport
import Testing

/// What a process may have is used up: a QueueError, and what there was goes on.
@Suite(.timeLimit(.minutes(10)))
struct LimitTests {
  typealias Workers = Scenario.Workers

  func passes(_ scenario: Scenario, _ location: SourceLocation = #_sourceLocation) {
    #expect(scenario.succeeded, "\(scenario)", sourceLocation: location)
  }

  @Test(arguments: Workers.allCases)
  func `without descriptors no queue is made, and what there is goes on`(_ workers: Workers) throws
  {
    passes(try .run("no-descriptors", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a process without descriptors notices that another has become a zombie`(_ workers: Workers)
    throws
  {
    passes(try .run("no-descriptors-and-a-zombie", workers: workers))
  }

  @Test func `a child that cannot find out who it is says why`() throws {
    passes(try .run("no-descriptors-on-first-use"))
  }

  @Test(arguments: Workers.allCases)
  func `without address space no queue is made, and nothing is left of it`(_ workers: Workers)
    throws
  {
    passes(try .run("no-memory", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `without processes no worker is made, and its endpoints stay`(_ workers: Workers) throws {
    passes(try .run("no-processes", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a limit of file sizes is an error and no signal`(_ workers: Workers) throws {
    passes(try .run("no-large-files", workers: workers))
  }

  @Test func `an anonymous queue cannot be truncated`() throws {
    passes(try .run("an-anonymous-queue-cannot-be-truncated"))
  }
}
