import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct WorkerDiscardedTests {
  typealias Workers = Scenario.Workers

  @Test(
    arguments: [
      ("throws", " threw: gone with  the wind ä€𝄞"), ("exits", " left with exit status 3"),
      ("dies", " was killed by signal 11 (SIGSEGV)"),
    ], Workers.allCases)
  func `a worker that nobody waited for leaves no zombie and tells its failure in one line`(
    _ end: (how: String, what: String), _ workers: Workers
  ) throws {
    for when in ["early", "late"] {
      let run = try Scenario.run("discarded", end.how, when, workers: workers)
      #expect(run.succeeded, "\(run)")
      let worker = run.stdout.dropLast()
      #expect(run.stderr == "\(worker)\(end.what) (nobody waited for it)\n")
    }
  }

  @Test(arguments: ["early", "late"], Workers.allCases)
  func `a worker that nobody waited for and that succeeded is silent`(
    when: String, _ workers: Workers
  ) throws {
    expectQuietSuccess(try Scenario.run("discarded", "returns", when, workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a worker that was ended on purpose and let go is silent`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("discarded-after-signal", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `discarded workers do not make a later fork fail`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("discarded-then-fork", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `the thread that awaits a discarded worker takes no signal`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("discarded-thread-takes-no-signal", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a group that nobody waited for tells each failure`(_ workers: Workers) throws {
    let run = try Scenario.run("discarded-group", workers: workers)
    #expect(run.succeeded, "\(run)")
    let lines = run.stderr.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("worker 0 ") == true)
    #expect(lines.first?.hasSuffix(" threw: one (nobody waited for it)") == true)
    #expect(lines.last?.hasPrefix("worker 1 ") == true)
    #expect(lines.last?.hasSuffix(" threw: two (nobody waited for it)") == true)
  }
}
