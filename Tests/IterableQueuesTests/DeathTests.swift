import TestSupport
import Testing

/// How processes die, and what the others notice of it; each scenario runs in processes of its own.
@Suite(.timeLimit(.minutes(10)))
struct DeathTests {
  typealias Workers = Scenario.Workers

  /// A spawned program that leaves by `exit(0)` has ended well, and closes what it has.
  static let ways = ["SIGKILL", "SIGSEGV", "abort", "_exit", "exec-that-fails"]

  func passes(_ scenario: Scenario, _ location: SourceLocation = #_sourceLocation) {
    #expect(scenario.succeeded, "\(scenario)", sourceLocation: location)
  }

  @Test(arguments: ways, Workers.allCases)
  func `a consumer that waits gets the item of one that dies, and the end of the stream`(
    _ way: String, _ workers: Workers
  ) throws {
    passes(try .run("a-death-lets-a-waiting-consumer-go-on", way, workers: workers))
  }

  @Test(arguments: ways, Workers.allCases)
  func `a producer that waits for room learns that the last consumer has died`(
    _ way: String, _ workers: Workers
  ) throws {
    passes(try .run("a-death-lets-a-waiting-producer-go-on", way, workers: workers))
  }

  @Test func `a forked process that calls exit lets those that wait go on`() throws {
    passes(try .run("a-death-lets-a-waiting-consumer-go-on", "exit", workers: .forked))
    passes(try .run("a-death-lets-a-waiting-producer-go-on", "exit", workers: .forked))
  }

  @Test(arguments: Workers.allCases)
  func `a process that became another program is alive until that ends`(_ workers: Workers) throws {
    passes(try .run("a-process-that-became-another-program-is-alive", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a process whose leader thread has left is alive while another runs`(_ workers: Workers)
    throws
  {
    passes(try .run("a-leader-thread-that-has-left-is-no-death", workers: workers))
  }

  @Test(arguments: ["zombie", "reaped"], Workers.allCases)
  func `a child that died before it claimed its endpoint ends the stream`(
    _ how: String, _ workers: Workers
  ) throws {
    passes(try .run("a-child-that-died-before-it-claimed-its-endpoint", how, workers: workers))
  }

  /// Needs the right to look into children.
  @Test(
    .enabled("a process may trace its children") {
      try Scenario.succeeds("can-trace")
    }, arguments: Workers.allCases)
  func `a child claims what its dead parent could not hand over`(_ workers: Workers) throws {
    passes(try .run("a-parent-that-died-before-the-hand-over", workers: workers))
  }

  /// Needs the right to look into children.
  @Test(
    .enabled("a process may trace its children") {
      try Scenario.succeeds("can-trace")
    }, arguments: Workers.allCases)
  func `a child that comes after its parent's death was noticed is told so`(_ workers: Workers)
    throws
  {
    passes(try .run("a-parent-whose-death-was-noticed-before-the-hand-over", workers: workers))
  }

  @Test(arguments: ["500", "10000"], Workers.allCases)
  func `a stopped process keeps its item and its endpoints`(
    _ milliseconds: String, _ workers: Workers
  ) throws {
    passes(try .run("a-stopped-holder-of-an-item-keeps-it", milliseconds, workers: workers))
  }

  @Test(arguments: ["put", "get", "registry"], Workers.allCases)
  func `a stopped holder of a lock does not hang what must not wait`(
    _ lock: String, _ workers: Workers
  ) throws {
    passes(
      try .run("a-stopped-holder-of-a-lock-hangs-nobody-who-cannot-wait", lock, workers: workers))
  }

  @Test(arguments: [("put", "10000"), ("get", "500"), ("registry", "500")], Workers.allCases)
  func `a stopped holder of a lock delays what may wait, and nothing else happens`(
    _ stop: (lock: String, milliseconds: String), _ workers: Workers
  ) throws {
    passes(
      try .run(
        "a-stopped-holder-of-a-lock-delays-what-may-wait", stop.lock, stop.milliseconds,
        workers: workers))
  }

  /// Needs the right to limit the memory of a group of processes.
  @Test(
    .enabled("the kernel lets this user limit memory") {
      try Scenario.succeeds("can-limit-memory")
    }, arguments: ["put", "get"], Workers.allCases)
  func `a process that the kernel kills for its memory is dead, and its lock and item go on`(
    _ lock: String, _ workers: Workers
  ) throws {
    passes(try .run("an-oom-kill-is-a-death", lock, workers: workers))
  }

  /// Needs the right to make a pid namespace and to mount.
  @Test(
    .enabled("this user may make namespaces") {
      try Scenario.succeeds("can-make-namespaces")
    })
  func `a program of another pid namespace is refused when it attaches, and told why`() throws {
    passes(try .run("a-program-in-another-pid-namespace-is-refused"))
  }

  @Test(arguments: Workers.allCases)
  func `workers that are stopped anywhere lose and repeat nothing`(_ workers: Workers) throws {
    passes(try .run("processes-that-are-stopped-anywhere-go-on", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `thousands of workers on one queue leave nothing behind`(_ workers: Workers) throws {
    let count = workers == .forked ? "2000" : "1000"
    passes(try .run("generations", count, workers: workers, watchdog: .seconds(150)))
  }

  @Test(
    arguments: [
      ("registry", "close"), ("registry", "cancel"), ("registry", "makeProducer"),
      ("registry", "makeConsumer"), ("registry", "attach"), ("registry", "create"),
      ("get", "cancel"), ("get", "deadLetters"), ("get", "requeueDeadLetters"),
      ("get", "discardDeadLetters"),
    ])
  func `a stopped holder of a lock delays what may wait until it goes on`(
    _ lock: String, _ operation: String
  ) throws {
    for workers in Workers.allCases {
      passes(try .run("a-stopped-holder-of-a-lock-delays", lock, operation, workers: workers))
    }
  }

  @Test(arguments: Workers.allCases)
  func `acknowledging, rejecting and releasing wait for no stopped holder of a lock`(
    _ workers: Workers
  ) throws {
    passes(
      try .run(
        "what-is-in-hand-is-given-back-beside-a-stopped-holder-of-every-lock", workers: workers))
  }
}
