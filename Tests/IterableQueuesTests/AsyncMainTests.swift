import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct AsyncMainTests {
  @Test func `an async main forks before its first await, and is told so after it`() throws {
    let run = try Scenario.run(program: "async-main", [])
    #expect(run.succeeded)
    #expect(run.stderr.isEmpty)
    let lines = run.stdout.split(separator: "\n", maxSplits: 1)
    try #require(lines.count == 2)
    #expect(lines[0] == "the sum of the squares is 338350")
    #expect(lines[1].contains(/this process has \d+ threads/))
    #expect(lines[1].contains("In an `async` main, fork before the first `await`."))
    #expect(!run.stdout.contains("a worker runs"))
  }
}
