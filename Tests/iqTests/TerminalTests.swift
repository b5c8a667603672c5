import Testing

/// What `script` runs has a terminal.
@Suite(.timeLimit(.minutes(5)))
struct TerminalTests {
  @Test func `there are colours on a terminal, unless NO_COLOR is set`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q; export TERM=xterm; unset NO_COLOR
      script -qec 'iq ls' /dev/null </dev/null | tr -d '\r' | grep $Q
      NO_COLOR=1 script -qec 'iq ls' /dev/null </dev/null | tr -d '\r' | grep $Q
      """#)
    try #require(run.lines.count == 2)
    #expect(run.lines[0].contains("\u{1B}[36midle"))
    #expect(!run.lines[1].contains("\u{1B}"))
  }

  @Test(arguments: [("q", "0"), (#"\003"#, "130")])
  func `top shows queues until a key or ^C, and gives the terminal back`(
    key: String, status: String
  ) throws {
    let run = try Shell.run(
      #"""
      iq create $Q; export TERM=xterm
      (until grep -q $Q $T/out; do sleep 0.05; done; printf $1; sleep 1) |
        script -qefc 'trap : INT; stty cols 120 rows 20; iq top --interval 100ms; echo "status $?"; stty -a' $T/out >/dev/null
      cat $T/out
      """#, key)
    #expect(run.out.contains("status \(status)"))
    #expect(run.out.contains("\u{1B}[?1049h"))
    let after = run.out.split(separator: "\u{1B}[?1049l")
    try #require(after.count == 2, "the alternate screen was left once")
    let modes = after[1].split(whereSeparator: \.isWhitespace)
    #expect(modes.contains("icanon") && modes.contains("echo"))
  }

  @Test func `progress is one line that is taken away`() throws {
    let run = try Shell.run(
      #"""
      export TERM=xterm
      script -qec 'seq 6 | iq map -j 2 -- sleep 0.2 >/dev/null' /dev/null </dev/null
      """#)
    #expect(run.out.contains("\r2 done, 2 running, "))
    #expect(run.out.hasSuffix("\r\u{1B}[K"))
    #expect(!run.out.contains("\n"))
  }
}
