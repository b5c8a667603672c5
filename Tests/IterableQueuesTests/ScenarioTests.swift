import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ScenarioTests {
  @Test func `a scenario's output and arguments arrive`() throws {
    let run = try Scenario.run("echo", "a", "b c")
    #expect(run.succeeded)
    #expect(run.stdout == "a b c\n")
    #expect(run.stderr == "to standard error\n")
  }

  @Test func `a failed expectation says what and where, and leaves with 1`() throws {
    let run = try Scenario.run("failed-expectation")
    #expect(run.status == 1)
    #expect(run.stderr.contains("SmokeScenarios.swift:"))
    #expect(run.stderr.contains("one and one is three"))
  }

  @Test func `an unknown scenario fails and lists those that there are`() throws {
    let run = try Scenario.run("no-such-scenario")
    #expect(run.status == 1)
    #expect(run.stderr.contains("failed-expectation"))
  }

  @Test func `every scenario has a test, with forked and spawned workers or a reason why not`()
    throws
  {
    let list = try Scenario.run("--list")
    #expect(list.succeeded, "\(list)")
    let tests = try testsOfThisFolder()
    for line in list.stdout.split(separator: "\n") {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      let (name, way, reason) = (fields[0], fields[1], fields[2])
      let own = tests.filter { $0.contains("\"\(name)\"") }
      switch way {
      case "both":
        #expect(own.contains(where: runsBothWays), "\(name) is not run both ways")
      case "forked", "spawned": #expect(!own.isEmpty && reason != "", "\(line)")
      default: #expect(way == "alone" && reason != "", "\(line)")
      }
    }
  }

  @Test func `a scenario is run both ways, or has a reason why not`() throws {
    #expect(try Scenario.run("ping-pong").stderr.contains("ping-pong is run both ways"))
    #expect(
      try Scenario.run("thief", workers: .forked).stderr.contains("thief is not run both ways"))
  }

  @Test func `exit status and signal are told apart`() throws {
    let left = try Scenario.run("exit", "7")
    #expect(left.status == 7 && left.signal == 0)
    let killed = try Scenario.run("die", "\(SIGTERM)")
    #expect(killed.status == -1 && killed.signal == SIGTERM)
  }

  @Test func `the watchdog ends a scenario that hangs`() throws {
    let run = try Scenario.run("hang", watchdog: .milliseconds(200))
    #expect(run.timedOut)
    #expect(run.signal == SIGKILL)
    #expect(!run.succeeded)
  }

  /// Whether the test passes on each way that there is, and is given all of them.
  private func runsBothWays(_ test: Substring) -> Bool {
    guard let body = test.firstRange(of: "func `") else { return false }
    let isGivenAll =
      test[..<body.lowerBound].contains("Workers.allCases)")
      || test[body.lowerBound...].contains("for workers in Workers.allCases {")
    return isGivenAll && test[body.lowerBound...].contains("workers: workers")
  }

  @Test(arguments: [
    ("(arguments: Workers.allCases)", "workers: workers", true),
    ("(arguments: [\"kept\"], Scenario.Workers.allCases)", "workers: workers", true),
    ("(arguments: [Workers.forked])", "workers: workers", false),
    ("", "workers: workers // Workers.allCases)", false),
    ("(arguments: Workers.allCases)", "workers: .forked", false),
  ])
  func `a test that has one way only does not count as both`(
    traits: String, argument: String, isBoth: Bool
  ) {
    #expect(runsBothWays("\(traits)\n  func `a`() { run(\"a\", \(argument)) }") == isBoth)
  }

  /// The source of each test.
  private func testsOfThisFolder() throws -> [Substring] {
    let here = "\(#filePath)"
    let folder = here[..<(here.lastIndex(of: "/") ?? here.startIndex)]
    let sources = try Scenario.run(
      ["/bin/sh", "-c", "cat \(folder)/*Tests.swift"], watchdog: .seconds(60))
    #expect(sources.succeeded, "\(sources)")
    return sources.stdout.split(separator: "  @Test")
  }
}
