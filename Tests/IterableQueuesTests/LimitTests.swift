import Testing

/// What a process may have is used up: a QueueError, and what there was goes on.
@Suite(.timeLimit(.minutes(10)))
struct LimitTests {
  func passes(_ scenario: Scenario, _ location: SourceLocation = #_sourceLocation) {
    #expect(scenario.succeeded, "\(scenario)", sourceLocation: location)
  }

  @Test func `without descriptors no queue is made, and what there is goes on`() throws {
    passes(try .run("no-descriptors"))
  }

  @Test func `a process without descriptors notices that another has become a zombie`() throws {
    passes(try .run("no-descriptors-and-a-zombie"))
  }

  @Test func `a child that cannot find out who it is says why`() throws {
    passes(try .run("no-descriptors-on-first-use"))
  }

  @Test func `without address space no queue is made, and nothing is left of it`() throws {
    passes(try .run("no-memory"))
  }

  @Test func `without processes no worker is made, and its endpoints stay`() throws {
    passes(try .run("no-processes"))
  }

  @Test func `a limit of file sizes is an error and no signal`() throws {
    passes(try .run("no-large-files"))
  }

  @Test func `an anonymous queue cannot be truncated`() throws {
    passes(try .run("an-anonymous-queue-cannot-be-truncated"))
  }
}
