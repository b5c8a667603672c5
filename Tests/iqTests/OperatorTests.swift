import Glibc
import Testing

@Suite(.timeLimit(.minutes(5)))
struct OperatorTests {
  @Test func `create, ls, stat and rm agree about a queue`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q --items double --max-items 10 --ring-bytes 64K --max-item-bytes 1K --mode 640
      iq put $Q 1 2
      iq ls | grep $Q | tr -s ' ' | cut -d ' ' -f 2-7
      iq ls --names | grep -c $Q
      iq ls --json | grep $Q | grep -o '"mode":"640"\|"schema":"Double"\|"items":2'
      iq stat $Q | grep -c 'items *2 (32 B)\|limits *10 items, 64 KiB, an item 1 KiB\|persistent *yes'
      iq stat --json $Q | python3 -c 'import json,sys; print(json.load(sys.stdin)["configuration"]["maxItems"])'
      iq rm $Q; echo $?; iq ls --names | grep -c $Q; iq stat $Q; echo $?
      """#)
    #expect(
      run.lines == [
        "idle 2 0 0 0 0", "1", #""mode":"640""#, #""schema":"Double""#, #""items":2"#, "3", "10",
        "0",
        "0", "66",
      ])
  }

  @Test func `each mistake has its status and its words`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q; iq create $Q; echo $?
      iq rm $Q; iq rm $Q; echo $?; iq rm --force $Q; echo $?
      iq get $Q; echo $?; iq create a/b; echo $?; iq create $Q --max-items 0; echo $?
      iq create $Q --items odd; echo $?; iq nonsense; echo $?
      yes | head -c 100000 >/dev/shm/iterable-queue.$Q; iq get $Q; echo $?; rm /dev/shm/iterable-queue.$Q
      """#)
    #expect(run.lines == ["73", "66", "0", "66", "64", "73", "64", "64", "76"])
    #expect(run.err.contains("there is a queue of that name"))
    #expect(run.err.contains("there is no queue of that name"))
    #expect(run.err.contains(#"has a "/" in it"#))
  }

  @Test func `what to do about a mistake is said in commands and options`() throws {
    let run = try Shell.run(
      #"""
      exec 2>&1
      iq get "it's $Q"; iq create $Q --max-endpoints 0; iq create $Q --ring-bytes 5G
      iq create $Q --max-item-bytes 8; iq create $Q; iq put $Q 123456789; iq close $Q; iq put $Q 1
      iq rm $Q; iq create $Q --max-endpoints 1
      iq get $Q & get=$!
      until iq stat $Q --json | grep -q '"consumers":1'; do sleep 0.02; done
      iq get $Q; kill $get; wait $get
      """#)
    let advice = [
      #"`iq create 'it'\''s "#, "--wait 10s", "--max-endpoints is 0. Choose a value from 1",
      "--ring-bytes is 5368709120. Choose", "`iq rm \(run.name)`", "--max-item-bytes, or",
      "`iq rm \(run.name)` and `iq create \(run.name)` begin anew", "`iq stat \(run.name)`",
    ]
    for words in advice { #expect(run.out.contains(words), "\(words)") }
    for word in ["maxItem", "QueueConfiguration", "close()", "ownedBy", "timeout"] {
      #expect(!run.out.contains(word))
    }
  }

  @Test func `a value that cannot be read is refused with what can be`() throws {
    let run = try Shell.run(
      #"""
      iq get $Q --timeout x; iq put $Q --timeout 1d; iq get $Q --wait=-1; iq top --interval 1x
      iq map --timeout x -- true; iq create $Q --ring-bytes 1x; iq create $Q --max-item-bytes x
      """#)
    #expect(run.status == 64)
    let lines = run.err.split(separator: "\n")
    #expect(
      lines.count { $0.hasSuffix("a time is a number of seconds, or 500ms, 30s, 5m, 1h") } == 5)
    #expect(lines.count { $0.hasSuffix("is written as 65536, 64K, 1M or 4G") } == 2)
  }

  @Test func `what is said of an item, a queue or a file says what would be right`() throws {
    let run = try Shell.run(
      #"""
      exec 2>&1
      iq create $Q --items int8; iq put $Q 1 128; iq put $Q -5; iq put $Q -- -5; iq get -n2 $Q; iq rm $Q
      iq create $Q; iq put --json $Q hello; iq rm $Q
      iq create $Q --items float16; iq put $Q x; iq rm $Q
      for command in close dead rm stat; do iq $command $Q; done
      yes | head -c 100000 >/dev/shm/iterable-queue.$Q; iq rm $Q; rm /dev/shm/iterable-queue.$Q
      """#)
    let lines = run.lines.filter { !$0.hasPrefix("Usage") && !$0.hasPrefix("  See") }
    let missing =
      #"iq: queue "\#(run.name)": there is no queue of that name. `iq ls` lists those that there are"#
    #expect(
      lines == [
        "iq: argument 2: not a whole number from -128 to 127",
        "iq: after -- it is an item: iq put NAME -- -5", "Error: Unknown option '-5'", "1", "-5",
        "iq: argument 1: no JSON value (text needs quotes), at byte 0",
        "iq: argument 1: not a number from -65504.0 to 65504.0", missing, missing, missing, missing,
        #"iq: queue "\#(run.name)": /dev/shm/iterable-queue.\#(run.name) does not begin as a queue does"#
          + ". It is no queue: if nobody needs it, rm takes it away",
      ])
  }

  @Test func `--version says which queues are understood`() throws {
    let run = try Shell.run("iq --version")
    #expect(run.status == 0 && run.out.contains("layout "))
  }

  @Test func `a stream that is closed is an error where it is used, and no item is lost there`()
    throws
  {
    let run = try Shell.run(
      #"""
      iq create $Q; iq put $Q a
      iq get -n1 $Q >&-; echo $?; iq put $Q <&-; echo $?; iq get -n1 $Q
      """#)
    #expect(run.lines == ["74", "74", "a"])
  }

  @Test(.enabled(if: getuid() == 0, "only root can give a file away"))
  func `another user's queue is refused, unless it is asked for`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q --mode 666; chown 65534 /dev/shm/iterable-queue.$Q
      iq put $Q x; echo $?; iq put --any-owner $Q x; echo $?
      iq get $Q; echo $?; iq get --any-owner -n1 $Q; echo $?
      iq rm $Q; echo $?; iq rm --any-owner $Q; echo $?; iq ls --names | grep -c $Q
      """#)
    #expect(run.lines == ["77", "0", "77", "x", "0", "77", "0", "0"])
    #expect(run.err.contains("belongs to user 65534") && run.err.contains("--any-owner"))
  }

  @Test(.enabled(if: getuid() == 0, "only root can give a file away"))
  func `another user's queue is looked at, but not changed unless it is asked for`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q; printf '\x65sec' | iq put --raw $Q; iq get -n1 $Q --timeout 100ms
      iq get $Q >$T/out & get=$!
      until iq stat $Q --json | grep -q '"consumers":1'; do sleep 0.02; done
      kill -9 $get; wait $get
      chown 65534 /dev/shm/iterable-queue.$Q
      exec 2>$T/err
      iq dead $Q | wc -l; iq stat $Q | grep -c '^state *idle$'; iq doctor $Q | wc -l
      iq close $Q; echo $?; iq close --cancel $Q; echo $?
      iq dead --requeue $Q; echo $?; iq dead --discard $Q; echo $?
      iq doctor --fix $Q >/dev/null; echo $?
      iq stat --json $Q | grep -o '"deadLetters":1\|"isClosed":false\|"isCancelled":false\|"isAlive":false'
      iq doctor --fix --any-owner $Q | grep -c ^fixed
      grep -c 'belongs to user 65534.*--any-owner allows it' $T/err
      iq dead --requeue --any-owner $Q; echo $?; iq get -n1 $Q --any-owner --timeout 100ms
      iq dead --discard --any-owner $Q; echo $?; iq close --any-owner $Q; echo $?
      iq stat --json $Q | grep -o '"deadLetters":0\|"isClosed":true\|"isAlive":false'
      iq rm --any-owner $Q
      """#)
    #expect(
      run.lines == [
        "2", "1", "2", "77", "77", "77", "77", "77", #""deadLetters":1"#, #""isClosed":false"#,
        #""isCancelled":false"#, #""isAlive":false"#, #""isAlive":false"#, "1", "5", "0", "0", "0",
        #""deadLetters":0"#, #""isClosed":true"#,
      ], "\(run)")
  }

  @Test func `of several names each has its turn, and the first failure is the status`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q; iq create $Q-b
      iq close no-such-$Q $Q a/b; echo $?; iq stat --json $Q | grep -o '"isClosed":true'
      iq rm a/b no-such-$Q $Q $Q-b; echo $?; iq ls --names | grep -c $Q
      """#)
    #expect(run.lines == ["66", #""isClosed":true"#, "64", "0"])
    let errors = run.err.split(separator: "\n")
    #expect(errors.count == 4 && errors.allSatisfy { $0.hasPrefix("iq: ") })
  }

  @Test func `a name that no queue can have is refused in words`() throws {
    let run = try Shell.run(
      #"""
      exec 2>&1
      long=$(printf '%0300d' 0)
      for name in "$long" '' $'a\nb' $'a\tb' $'a\e[31mb' $'a\x7fb' a/b ../a $'a\xffb'; do
        iq create "$name"; echo $?
        iq get "$name"; echo $?
      done
      iq map --from=$'a\xffb' -- true; echo $?; iq rm $'a\xffb'; echo $?
      iq ls --names | grep -c $'^a\xef\xbf\xbdb'
      """#)
    #expect(run.lines.count { $0 == "64" } == 20)
    #expect(run.lines.last == "0")
    for words in [
      "has 300 bytes of UTF-8, the limit is 240", "name is empty",
      "a control character (10)", "a control character (9)", "a control character (27)",
      "a control character (127)", #"has a "/" in it"#, "is not UTF-8",
    ] {
      #expect(run.lines.count { $0.contains(words) } >= 2, "\(words)")
    }
    #expect(!run.out.contains("\u{1B}"))
  }

  @Test func `top prints once where there is no terminal, with rates and who waits`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q
      iq get $Q >/dev/null & get=$!
      until iq stat $Q --json | grep -q waitsFor...items; do sleep 0.02; done
      (while sleep 0.01; do iq put $Q x || exit; done) & 
      iq top $Q --interval 500ms
      iq top --json $Q --interval 500ms | python3 -c '
      import json, sys
      queue = json.loads(sys.stdin.readline())
      print(queue["putPerSecond"] > 0, {e["kind"] for e in queue["endpoints"]} >= {"consumer", "handle"})'
      kill %2 2>/dev/null; iq close $Q; wait $get
      """#)
    #expect(run.lines.first?.hasPrefix("NAME") == true)
    #expect(run.out.contains("consumer  waits for items") || run.out.contains("consumer  works"))
    #expect(run.out.contains("iq get"))
    #expect(run.out.contains("True True"))
    #expect(!run.out.contains("\u{1B}"))
  }

  @Test func `doctor finds what the dead left, and --fix mends it`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q; iq put $Q a b
      iq get $Q >$T/fifo & get=$!
      until iq stat $Q --json | grep -q '"items":0'; do sleep 0.02; done
      kill -9 $get; wait $get
      iq doctor | grep $Q | grep -c '[0-9] endpoints\? of dead processes'
      iq doctor --fix --json $Q | grep -o '"isFixed":true'
      iq doctor | grep -c $Q
      """#)
    #expect(run.lines == ["1", #""isFixed":true"#, "0"])
  }

  @Test func `completions know the queues that there are`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q
      for shell in bash zsh fish; do iq --generate-completion-script $shell | grep -c . | grep -v '^0$' >/dev/null && echo $shell; done
      iq --generate-completion-script bash >$T/completions && . $T/completions
      COMP_WORDS=(iq stat ${Q%???}); COMP_CWORD=2; COMP_LINE="iq stat ${Q%???}"; COMP_POINT=${#COMP_LINE}
      $(complete -p iq | sed 's/.*-F \([^ ]*\).*/\1/'); printf '%s\n' "${COMPREPLY[@]}" | grep -c "^$Q"
      """#)
    #expect(run.lines == ["bash", "zsh", "fish", "1"])
  }

  @Test(arguments: [
    "", "create", "close", "rm", "ls", "stat", "top", "doctor", "dead", "put", "get", "map",
  ])
  func `--help has examples, and says what the statuses mean`(command: String) throws {
    let run = try Shell.run("iq \(command) --help")
    #expect(run.status == 0)
    #expect(run.out.contains(command.isEmpty ? "EXIT STATUS" : "EXAMPLES"))
    #expect(run.out.split(separator: "\n").allSatisfy { $0.count <= 80 })
    if command == "top" { #expect(run.out.contains("(default: 1s)")) }
    for word in ["TimeSpan", "Duration", "ByteCount", "Optional", "nil"] {
      #expect(!run.out.contains(word))
    }
  }
}
