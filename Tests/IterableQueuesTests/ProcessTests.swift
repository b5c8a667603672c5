import TestSupport
import Testing

/// The queue between processes; each scenario runs in a process of its own, which forks.
@Suite(.timeLimit(.minutes(10)))
struct ProcessTests {
  typealias Workers = Scenario.Workers

  func passes(_ scenario: Scenario, _ location: SourceLocation = #_sourceLocation) {
    #expect(scenario.succeeded, "\(scenario)", sourceLocation: location)
  }

  @Test(arguments: Workers.allCases)
  func `the design's example runs`(_ workers: Workers) throws {
    passes(try .run("design-example", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `10 producers, 7 hand-off workers and a parent that adds up`(_ workers: Workers) throws {
    passes(try .run("hand-off", workers: workers))
  }

  @Test(
    arguments: [
      ["1", "1", "20000", "1"], ["4", "4", "5000", "1"], ["17", "13", "1000", "1"],
      ["1", "1", "50000", "64"], ["4", "4", "20000", "64"], ["17", "13", "5000", "64"],
      ["1", "6", "5000", "7"], ["6", "1", "5000", "7"],
    ], Workers.allCases)
  func `many to many, every item arrives exactly once and each producer's in order`(
    _ arguments: [String], _ workers: Workers
  ) throws {
    passes(
      try .run(
        "many-to-many", arguments[0], arguments[1], arguments[2], arguments[3], workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `more work than both rings hold flows without a deadlock`(_ workers: Workers) throws {
    passes(try .run("flood", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `two queues chained both ways`(_ workers: Workers) throws {
    passes(try .run("ping-pong", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `an endpoint that was handed over throws, and names the worker`(_ workers: Workers) throws {
    passes(try .run("handed-over", workers: workers))
  }

  @Test func `an endpoint that a fork took names the thief, whose death ends the stream`() throws {
    passes(try .run("thief"))
  }

  @Test func `a child that only closes what it inherited takes nothing away`() throws {
    passes(try .run("a-child-that-uses-nothing-takes-nothing"))
  }

  @Test(arguments: Workers.allCases)
  func `a worker that throws gives its item back`(_ workers: Workers) throws {
    passes(try .run("a-worker-that-throws-gives-its-item-back", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a killed consumer's items go to another one by one`(_ workers: Workers) throws {
    passes(try .run("a-killed-consumer's-item-goes-to-another", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a killed producer does not keep the consumers waiting`(_ workers: Workers) throws {
    passes(try .run("a-killed-producer-does-not-keep-the-consumers", workers: workers))
  }

  @Test(arguments: ["poll", "get"], Workers.allCases)
  func `a killed producer is noticed by who only polls, or waits very shortly`(
    _ how: String, _ workers: Workers
  ) throws {
    passes(try .run("a-killed-producer-is-noticed-by-who-only-looks", how, workers: workers))
  }

  @Test(arguments: ["tryPut", "put"], Workers.allCases)
  func `killed consumers are noticed by who only tries to put, or waits very shortly`(
    _ how: String, _ workers: Workers
  ) throws {
    passes(try .run("killed-consumers-are-noticed-by-who-only-tries", how, workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a queue whose slots are all held by the dead lets new endpoints in`(_ workers: Workers)
    throws
  {
    passes(try .run("slots-of-the-dead-are-used-again", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `statistics notice the dead, also where nobody waits`(_ workers: Workers) throws {
    passes(try .run("statistics-notice-the-dead", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `an item that kills its consumers becomes a dead letter`(_ workers: Workers) throws {
    passes(try .run("an-item-that-kills-its-consumers-becomes-a-dead-letter", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a put that would wait for dead consumers throws noConsumers`(_ workers: Workers) throws {
    passes(try .run("a-put-without-living-consumers", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `the death of the queue's only holder closes the queue`(_ workers: Workers) throws {
    passes(try .run("a-killed-queue-holder-closes-the-queue", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `waitUntilAcknowledged waits for workers' acknowledgements`(_ workers: Workers) throws {
    passes(try .run("wait-for-acknowledgements-of-workers", workers: workers))
  }

  /// Needs the right to make a pid namespace.
  @Test(
    .enabled("this user may make namespaces") {
      try Scenario.succeeds("can-make-namespaces")
    }, arguments: Workers.allCases)
  func `a process of another pid namespace is refused, and told why`(_ workers: Workers) throws {
    passes(try .run("a-process-of-another-pid-namespace-is-refused", workers: workers))
  }

  @Test func `an endpoint that a worker's closure captured is closed with the worker`() throws {
    passes(try .run("a-captured-endpoint-is-closed-with-its-worker"))
  }

  @Test(arguments: Workers.allCases)
  func `a sequence that takes from a consumer holds nothing back in a put`(_ workers: Workers)
    throws
  {
    passes(try .run("a-sequence-that-takes-from-a-consumer-holds-nothing-back", workers: workers))
  }
}
