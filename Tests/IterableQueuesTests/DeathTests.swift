import Testing

/// How processes die, and what the others notice of it; each scenario runs in processes of its own.
@Suite(.timeLimit(.minutes(3)))
struct DeathTests {
  static let ways = ["SIGKILL", "SIGSEGV", "abort", "_exit", "exec-that-fails"]

  func passes(_ scenario: Scenario, _ location: SourceLocation = #_sourceLocation) {
    #expect(scenario.succeeded, "\(scenario)", sourceLocation: location)
  }

  @Test(arguments: ways)
  func `a consumer that waits gets the item of one that dies, and the end of the stream`(
    _ way: String
  ) throws {
    passes(try .run("a-death-lets-a-waiting-consumer-go-on", way))
  }

  @Test(arguments: ways)
  func `a producer that waits for room learns that the last consumer has died`(
    _ way: String
  ) throws {
    passes(try .run("a-death-lets-a-waiting-producer-go-on", way))
  }

  @Test func `a process that became another program is alive until that ends`() throws {
    passes(try .run("a-process-that-became-another-program-is-alive"))
  }

  @Test func `a process whose leader thread has left is alive while another runs`() throws {
    passes(try .run("a-leader-thread-that-has-left-is-no-death"))
  }

  @Test(arguments: ["zombie", "reaped"])
  func `a child that died before it claimed its endpoint ends the stream`(_ how: String) throws {
    passes(try .run("a-child-that-died-before-it-claimed-its-endpoint", how))
  }

  @Test func `a child claims what its dead parent could not hand over`() throws {
    passes(try .run("a-parent-that-died-before-the-hand-over"))
  }

  @Test func `a child that comes after its parent's death was noticed is told so`() throws {
    passes(try .run("a-parent-whose-death-was-noticed-before-the-hand-over"))
  }

  @Test(arguments: ["500", "10000"])
  func `a stopped process keeps its item and its endpoints`(_ milliseconds: String) throws {
    passes(try .run("a-stopped-holder-of-an-item-keeps-it", milliseconds))
  }

  @Test(arguments: ["put", "get", "registry"])
  func `a stopped holder of a lock does not hang what must not wait`(_ lock: String) throws {
    passes(try .run("a-stopped-holder-of-a-lock-hangs-nobody-who-cannot-wait", lock))
  }

  @Test func `workers that are stopped anywhere lose and repeat nothing`() throws {
    passes(try .run("processes-that-are-stopped-anywhere-go-on"))
  }

  @Test func `2,000 workers on one queue leave nothing behind`() throws {
    passes(try .run("generations", "2000", watchdog: .seconds(150)))
  }
}
