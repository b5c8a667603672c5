import Testing

@Suite(.timeLimit(.minutes(10)))
struct WorkerDiscardedTests {
  @Test(arguments: [
    ("throws", " threw: gone with  the wind ä€𝄞"), ("exits", " left with exit status 3"),
    ("dies", " was killed by signal 11 (SIGSEGV)"),
  ])
  func `a worker that nobody waited for leaves no zombie and tells its failure in one line`(
    how: String, what: String
  ) throws {
    for when in ["early", "late"] {
      let run = try Scenario.run("discarded", how, when)
      #expect(run.succeeded, "\(run)")
      let worker = run.stdout.dropLast()
      #expect(run.stderr == "\(worker)\(what) (nobody waited for it)\n")
    }
  }

  @Test(arguments: ["early", "late"])
  func `a worker that nobody waited for and that succeeded is silent`(when: String) throws {
    expectQuietSuccess(try Scenario.run("discarded", "returns", when))
  }

  @Test func `a worker that was ended on purpose and let go is silent`() throws {
    expectQuietSuccess(try Scenario.run("discarded-after-signal"))
  }

  @Test func `discarded workers do not make a later fork fail`() throws {
    expectQuietSuccess(try Scenario.run("discarded-then-fork"))
  }

  @Test func `the thread that awaits a discarded worker takes no signal`() throws {
    expectQuietSuccess(try Scenario.run("discarded-thread-takes-no-signal"))
  }

  @Test func `a group that nobody waited for tells each failure`() throws {
    let run = try Scenario.run("discarded-group")
    #expect(run.succeeded, "\(run)")
    let lines = run.stderr.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("worker 0 ") == true)
    #expect(lines.first?.hasSuffix(" threw: one (nobody waited for it)") == true)
    #expect(lines.last?.hasPrefix("worker 1 ") == true)
    #expect(lines.last?.hasSuffix(" threw: two (nobody waited for it)") == true)
  }
}
