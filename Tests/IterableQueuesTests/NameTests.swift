import Glibc
import IterableQueues
import TestSupport
import Testing

/// Names between processes; each scenario runs in processes of its own, forked and spawned.
@Suite(.timeLimit(.minutes(10)))
struct NameTests {
  typealias Workers = Scenario.Workers

  func passes(_ scenario: Scenario, _ location: SourceLocation = #_sourceLocation) {
    #expect(scenario.succeeded, "\(scenario)", sourceLocation: location)
    if scenario.stdout != "" { print(scenario.stdout) }
  }

  @Test(arguments: Workers.allCases)
  func `programs wait for a queue by its name, and share it`(_ workers: Workers) throws {
    passes(try .run("many-programs-use-one-name", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a name that a killed process left is told apart, and replaced`(_ workers: Workers) throws {
    passes(try .run("a-killed-owner's-name-is-abandoned-and-replaced", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `of several creators at once exactly one wins`(_ workers: Workers) throws {
    passes(try .run("of-many-creators-one-wins", "12", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `the name goes with the last process`(_ workers: Workers) throws {
    passes(try .run("the-name-goes-with-the-last-process", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a killed worker does not keep the name`(_ workers: Workers) throws {
    passes(try .run("a-killed-worker-does-not-keep-the-name", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a program that ends normally with its queue in a global leaves no name`(
    _ workers: Workers
  ) throws {
    passes(try .run("a-program-that-ends-normally-leaves-no-name", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `of programs that end at once the last to leave takes the name away`(
    _ workers: Workers
  ) throws {
    passes(try .run("a-program-that-is-about-to-end-keeps-no-name", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `attaching waits for a queue that is being created, and its dead creator is replaced`(
    _ workers: Workers
  ) throws {
    passes(try .run("attaching-waits-for-an-unfinished-queue", workers: workers))
  }

  @Test(
    .enabled(if: getuid() == 0, "only root can become another user"), arguments: Workers.allCases)
  func `another user's process cannot attach, nor remove`(_ workers: Workers) throws {
    passes(try .run("another-user-cannot-attach", workers: workers))
  }

  @Test(
    .enabled(if: getuid() == 0, "only root can become another user"), arguments: Workers.allCases)
  func `a stranger's queue is refused unless it is asked for`(_ workers: Workers) throws {
    passes(try .run("a-stranger's-queue-is-refused-unless-it-is-asked-for", workers: workers))
  }

  @Test func `permissions are what the configuration says, whatever the umask`() throws {
    passes(try .run("the-permissions-do-not-depend-on-the-umask"))
  }

  @Test(.enabled("a file system may be mounted") { try Scenario.succeeds("can-mount") })
  func `a full folder is noSpace, and nothing is left`() throws {
    passes(try .run("a-full-folder-is-an-error"))
  }
}
