import Testing

@Suite(.timeLimit(.minutes(5)))
struct MapTests {
  @Test func `output is in the order of the lines, whatever ends first`() throws {
    let run = try Shell.run(
      #"seq 8 | iq map -j 8 -- sh -c 'sleep 0.$((9 - $1)); echo out $1; echo err $1 >&2' sh"#)
    let expected = (1...8).map { "out \($0)" }
    #expect(run.lines == expected)
    #expect(run.err == expected.map { $0.replacing("out", with: "err") + "\n" }.joined())
    #expect(run.status == 0)
  }

  @Test func `with --unordered a job that ends first is shown first`() throws {
    let run = try Shell.run(
      #"printf '%s\n' 1 0 | iq map -j 2 --unordered -- sh -c 'sleep $1; echo $1' sh"#)
    #expect(run.lines == ["0", "1"])
  }

  @Test func `the output of a job whose turn it is comes while it runs`() throws {
    // The job ends when its own output has come through.
    let run = try Shell.run(
      #"""
      mkfifo $T/fifo
      echo x | iq map -- sh -c 'echo early; read line <$1/fifo; echo late' sh $T {} |
        while read -r word; do echo $word; [ $word = early ] && echo go >$T/fifo; done
      """#)
    #expect(run.lines == ["early", "late"])
  }

  @Test(arguments: [
    ("a {} b", "a|x y|b"), ("{}", "x y"), ("", "x y"), ("p{}s{}", "px ysx y"), ("{", "{|x y"),
  ])
  func `the line goes where the braces are, or to the end`(words: String, result: String) throws {
    let run = try Shell.run(
      #"printf 'x y' | iq map -- bash -c 'IFS="|"; echo "$*"' bash "# + words)
    #expect(run.lines == [result])
  }

  @Test func `a line reaches the command byte by byte`() throws {
    let odd = #"a\tb 'quoted' "double" \back $HOME *  -x ;"# + "\u{fc}"
    let run = try Shell.run("iq map -- printf %s", input: Array(odd.utf8) + [0xff, 0x0a])
    #expect(run.out == odd + "\u{FFFD}")
    let bytes = try Shell.run("iq map -- printf %s | od -An -tx1", input: [0xff, 0xc3, 0x0a])
    #expect(bytes.out == " ff c3\n")
  }

  @Test func `with --null lines may have newlines in them`() throws {
    let run = try Shell.run(#"printf 'a\nb\0c\0' | iq map -0 -- printf '<%s>'"#)
    #expect(run.out == "<a\nb><c>")
  }

  @Test func `empty lines are lines, and no lines are no jobs`() throws {
    #expect(try Shell.run(#"printf '\n\n' | iq map -- printf '<%s>'"#).out == "<><>")
    let none = try Shell.run("iq map -- echo </dev/null")
    #expect(none.out.isEmpty && none.status == 0)
  }

  @Test func `jobs have an empty standard input, and iq's lines stay iq's`() throws {
    let run = try Shell.run("seq 3 | iq map -- sh -c 'cat; echo $1' sh")
    #expect(run.lines == ["1", "2", "3"])
  }

  @Test func `failures are reported by line, and the status is 123`() throws {
    let run = try Shell.run(
      #"printf '%s\n' 0 3 secret 0 | iq map -- sh -c '[ $1 = secret ] && kill -9 $$; exit $1' sh"#)
    #expect(run.status == 123)
    #expect(
      run.err == """
        iq: line 2: exit status 3
        iq: line 3: killed by SIGKILL
        iq: 2 of 4 jobs failed

        """)
  }

  @Test func `a line that no argument can hold fails alone`() throws {
    let run = try Shell.run(
      #"{ printf 'a\0b\n'; head -c 200000 /dev/zero | tr '\0' x; printf '\nlast\n'; } | iq map -- echo"#
    )
    #expect(run.lines == ["last"])
    #expect(run.status == 123)
    #expect(run.err.contains("iq: line 1: not started: it has a NUL byte"))
    #expect(run.err.contains("iq: line 2: not started: Argument list too long\n"))
  }

  @Test func `a command that is not there is 127, one that cannot be run 126`() throws {
    let missing = try Shell.run("seq 3 | iq map -- no-such-command")
    #expect(missing.status == 127)
    #expect(missing.err == "iq: no-such-command: command not found\n")
    let file = try Shell.run("seq 3 | iq map -- /etc/passwd")
    #expect(file.status == 126)
    #expect(file.err == "iq: /etc/passwd: not executable\n")
  }

  @Test func `--retries runs a job again, and shows the last attempt only`() throws {
    let run = try Shell.run(
      #"""
      printf 'a\n' | iq map --retries 3 --joblog $T/log -- \
        sh -c 'echo x >>$1/tries; n=$(wc -l <$1/tries); echo $n; [ $n -ge 3 ]' sh $T {}
      """#)
    #expect(run.lines == ["3"])
    #expect(run.status == 0)
    let failing = try Shell.run("echo a | iq map --retries 2 -- false")
    #expect(failing.err == "iq: line 1: exit status 1, 3 attempts\niq: 1 of 1 job failed\n")
  }

  @Test func `--halt-on-error starts nothing after a failure`() throws {
    let run = try Shell.run(
      "seq 1000 | iq map -j 1 --halt-on-error -- sh -c 'echo $1; [ $1 -lt 3 ]' sh")
    #expect(run.lines == ["1", "2", "3"])
    #expect(run.status == 123)
    #expect(run.err.hasSuffix("iq: 1 of 3 jobs failed; lines from 4 on were not run\n"))
  }

  @Test func `--halt-on-error lets the jobs that run finish, and starts none of the many left`()
    throws
  {
    let run = try Shell.run(
      #"""
      seq 1000 | iq map -j 4 --halt-on-error --joblog $T/log -- \
        bash -c 'if [ $1 = 2 ]; then exit 7; fi
          until grep -q ^2 $T/log; do sleep 0.02; done; echo $1' bash
      echo status $?; cut -f 1,7 $T/log | sort -n | tail -n +2
      """#)
    #expect(run.lines == ["1", "3", "4", "status 123", "1\t0", "2\t7", "3\t0", "4\t0"])
    #expect(
      run.err == "iq: line 2: exit status 7\niq: 1 of 4 jobs failed; lines from 5 on were not run\n"
    )
  }

  @Test func `2,000 jobs write what a loop writes, byte by byte`() throws {
    let run = try Shell.run(
      #"""
      seq 2000 | iq map -j 8 -- printf 'job %s\n\0' >$T/map; echo $?
      seq 2000 | while read -r line; do printf 'job %s\n\0' "$line"; done | cmp - $T/map && echo same
      seq 2000 | iq map -j 8 --unordered -- printf 'job %s\n' | sort | cmp - <(seq -f 'job %g' 2000 | sort) && echo all
      """#)
    #expect(run.lines == ["0", "same", "all"])
    #expect(run.err.isEmpty)
  }

  @Test func `what a job leaves behind and writes without end does not hold iq`() throws {
    let run = try Shell.run(
      "seq 3 | iq map -j 1 -- sh -c 'yes left & yes left & yes left & echo job $1' sh | grep -a job"
    )
    #expect(run.lines.map { $0.suffix(5) } == ["job 1", "job 2", "job 3"])
    #expect(!run.timedOut)
  }

  @Test func `--timeout ends a job with all that it started, also one that ignores SIGTERM`() throws
  {
    let run = try Shell.run(
      #"""
      echo x | iq map --timeout 500ms -- sh -c 'sleep 99 & echo $! >$1/pid; wait' sh $T {}
      echo status $?
      ps -o stat= -p $(cat $T/pid) | grep -v Z
      """#)
    #expect(run.lines == ["status 123"])
    #expect(run.err == "iq: line 1: timed out after 0.5s\niq: 1 of 1 job failed\n")
    let stubborn = try Shell.run(
      "echo x | iq map --timeout 100ms -- bash -c 'trap \"\" TERM; while :; do sleep 0.1; done'")
    #expect(stubborn.status == 123)
  }

  @Test func `the job log has the columns of GNU parallel`() throws {
    let run = try Shell.run(
      #"""
      printf '%s\n' "it's" $'a\tb' | iq map -j 1 --joblog $T/log -- sh -c 'echo $1; exit 2' sh
      cut -f 1,2,5- $T/log
      """#)
    let expected = [
      "Seq\tHost\tSend\tReceive\tExitval\tSignal\tCommand",
      "1\t:\t0\t5\t2\t0\tsh -c 'echo $1; exit 2' sh 'it'\\''s'",
      "2\t:\t0\t4\t2\t0\tsh -c 'echo $1; exit 2' sh $'a\\tb'",
    ]
    #expect(run.lines.suffix(3) == expected)
  }

  @Test func `--progress without a terminal says a line a second, and nothing by default`() throws {
    let run = try Shell.run("seq 3 | iq map -j 1 --progress -- sleep 0.6")
    #expect(run.err.hasPrefix("iq: "))
    #expect(run.err.contains(" done, 1 running, "))
    #expect(!run.err.contains("\u{1B}"))
    #expect(try Shell.run("seq 3 | iq map -j 1 -- sleep 0.6").err.isEmpty)
  }

  @Test func `output larger than memory allows waits in a file, and comes out whole`() throws {
    let run = try Shell.run(
      #"""
      seq 6 | iq map -j 6 -- sh -c '[ $1 = 1 ] && sleep 1; yes $1 | head -c 30000000' sh | md5sum
      for i in 1 2 3 4 5 6; do yes $i | head -c 30000000; done | md5sum
      """#)
    #expect(run.lines.count == 2 && run.lines[0] == run.lines[1])
  }

  @Test func `a reader that goes away ends the jobs, without a word`() throws {
    let run = try Shell.run(
      #"yes | iq map -j 4 -- sh -c 'echo x; sleep 0.0$RANDOM' | head -n 2; echo ${PIPESTATUS[1]}"#)
    #expect(run.lines == ["x", "x", "141"] || run.lines == ["y", "y", "141"])
    #expect(run.err.isEmpty)
  }

  @Test(arguments: ["KILL", "TERM", "INT", "HUP"])
  func `no job outlives iq`(signal: String) throws {
    let run = try Shell.run(
      #"""
      touch $T/pids
      seq 4 | iq map -j 4 -- sh -c 'sleep 99 & echo $! $$ >>$1/pids; wait; echo no' sh $T {} &
      until [ "$(wc -l <$T/pids)" = 4 ]; do sleep 0.05; done
      kill -$1 $!
      wait $! 2>/dev/null
      echo status $?
      # A killed iq leaves that to its guard, which needs a moment; zombies are init's.
      for try in $(seq 200); do
        left=$(ps -o pid=,stat= -p $(cat $T/pids) | grep -v Z)
        [ -z "$left" ] && break
        sleep 0.05
      done
      echo "$left" | grep .
      """#.replacingINT(signal), signal)
    let number = ["KILL": 9, "TERM": 15, "INT": 2, "HUP": 1][signal]!
    #expect(run.lines == ["status \(128 + number)"])
  }

  @Test func `a second signal kills jobs that do not heed the first`() throws {
    let run = try Shell.run(
      #"""
      echo x | iq map -- bash -c 'trap "" TERM; echo $$ >'$T'/begun; while :; do sleep 0.1; done' &
      until [ -s $T/begun ]; do sleep 0.05; done
      kill -TERM $!; sleep 0.3; kill -TERM $!; wait $!; echo status $?
      kill -0 $(cat $T/begun) 2>/dev/null && echo alive
      """#)
    #expect(run.lines == ["status 143"])
  }

  @Test func `items of a queue are run, shared by several maps, which end by themselves`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q
      for i in 1 2; do iq map --from $Q -j 2 -- echo item >$T/$i & done
      seq 200 | iq put $Q; iq close $Q; wait; echo $?
      sort -n -k 2 $T/1 $T/2 | cmp - <(seq 200 | sed 's/^/item /') && echo same
      iq stat --json $Q | grep -o '"inFlight":[0-9]*\|"redelivered":[0-9]*'
      """#)
    #expect(run.lines == ["0", "same", #""inFlight":0"#, #""redelivered":0"#])
  }

  @Test func `an item whose job fails is offered again, and is a dead letter in the end`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q --max-deliveries 3; iq put $Q a bad b; iq close $Q
      iq map --from $Q -j 1 -- sh -c 'echo "$1"; test "$1" != bad' sh; echo $?
      iq dead $Q | tail -n 1 | grep -o 'delivered too often.*'
      """#)
    #expect(run.lines == ["a", "bad", "bad", "bad", "b", "123", #"delivered too often  "bad""#])
    #expect(run.err.hasSuffix("3 of 5 jobs failed\n"))
  }

  @Test(arguments: ["KILL", "TERM"])
  func `a map that is ended loses no item of a queue`(_ signal: String) throws {
    let run = try Shell.run(
      #"""
      iq create $Q --max-deliveries $2; seq 20 | iq put $Q; iq close $Q
      iq map --from $Q -j 4 -- sh -c 'echo "$1"; sleep 0.2' sh >$T/out & map=$!
      until [ $(wc -l <$T/out) -ge 4 ]; do sleep 0.02; done
      kill -$1 $map; wait $map; echo $?
      iq map --from $Q -j 4 -- echo >>$T/out; echo $?
      sort -nu $T/out | cmp - <(seq 20) && echo all
      iq dead $Q | wc -l
      """#, signal, signal == "KILL" ? "2" : "1")
    // One that is asked to end gives back what it has, uncounted.
    #expect(run.lines == [signal == "KILL" ? "137" : "143", "0", "all", "0"])
  }

  @Test(.enabled("a script may become another user", canBecomeAnotherUser))
  func `where fewer processes are to be had than -j says, lines wait for one, and none is lost`()
    throws
  {
    let run = try Shell.run(
      #"""
      chmod 777 $T
      # The limit counts a user's processes: nobody else is this one. The shell, iq and its guard are three.
      become() { setpriv --reuid $((100000 + $$)) --clear-groups bash -c "$@"; }
      become 'ulimit -u 6; yes 0.05 | head -n 24 | iq map -j 8 --joblog $0/log -- sleep; echo $?' $T
      awk 'NR > 1 { print $3, 1; printf "%.3f -1\n", $3 + $4 }' $T/log | sort -n |
        awk '{ n += $2; if (n > most) most = n } END { print NR / 2, most < 8 }'
      become 'ulimit -u 2; exec iq map -j 8 --retries 1 --joblog $0/none -- sleep <&3' $T \
        3< <(yes 0.05 | head -n 3); echo $?; wc -l <$T/none
      """#)
    #expect(run.lines == ["0", "24 1", "71", "1"])
    #expect(run.err.contains("line 1 and those after it were not run: no process can be started"))
    #expect(run.err.contains("Resource temporarily unavailable"))
  }

  /// Whether setpriv is there and may be used, and other users find `iq`.
  static func canBecomeAnotherUser() throws -> Bool {
    try Shell.run("setpriv --reuid 65534 --clear-groups iq --help").status == 0
  }

  @Test func `wrong use is said, with status 64`() throws {
    for words in [
      "--wait 1s -- true", "--from $Q --null -- true", "", "--retires 3 -- true", "-j 0 -- true",
      "--retries -1 -- true", "--timeout soon -- true", "--timeout 0 -- true",
      "--timeout 0ms -- true",
    ] {
      let run = try Shell.run("iq map \(words) </dev/null")
      #expect(run.status == 64, "iq map \(words)")
      #expect(run.err.contains("Usage: iq map"))
    }
  }
}

extension String {
  /// Bash starts what runs in the background with SIGINT ignored, unless it has job control.
  fileprivate func replacingINT(_ signal: String) -> String {
    signal == "INT" ? "set -m\n" + self : self
  }
}
