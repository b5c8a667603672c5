import Glibc
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
}
