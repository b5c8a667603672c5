import IterableQueues
import Testing

private struct Page: Codable, Sendable, Equatable {
  var url: String
  var depth: Int
}

@Suite(.timeLimit(.minutes(5)))
struct QueueTests {
  @Test func `what is put is got, in order, and the loop ends when the queue is closed`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q && iq put $Q one two && seq 3 | iq put $Q && iq close $Q && iq get $Q
      echo status $?
      """#)
    #expect(run.lines == ["one", "two", "1", "2", "3", "status 0"])
    #expect(run.err.isEmpty)
  }

  @Test func `what a Swift program puts is got as JSON, and the loop ends with its producers`()
    throws
  {
    let name = try QueueName("iq-test-swift-\(UInt64.random(in: 0 ... .max))")
    let queue = try IterableQueue<Page>(named: name)
    let producer = try queue.makeProducer()
    try producer.put(contentsOf: [Page(url: "a/b \"c\"", depth: 1), Page(url: "\u{fc}", depth: 2)])
    producer.close()
    queue.close()
    let run = try Shell.run("iq get $1; echo status $?", name.description)
    #expect(
      run.lines == [
        #"{"url":"a/b \"c\"","depth":1}"#, "{\"url\":\"\u{fc}\",\"depth\":2}", "status 0",
      ])
  }

  @Test func `what iq puts is what a Swift program gets`() throws {
    let name = try QueueName("iq-test-swift-\(UInt64.random(in: 0 ... .max))")
    defer { try? name.remove() }
    let made = try Shell.run(
      #"""
      iq create "$1" --items json --schema Page
      echo '{"url": "x", "depth": 3} {"depth":4,"url":"y"}' | iq put "$1"
      iq close "$1"
      """#, name.description)
    #expect(made.err.isEmpty)
    let queue = try IterableQueue<Page>(attachingTo: name)
    let pages = Array(try queue.makeConsumer())
    #expect(pages == [Page(url: "x", depth: 3), Page(url: "y", depth: 4)])
  }

  @Test func `lines are Strings, and any bytes are arrays of bytes`() throws {
    let name = try QueueName("iq-test-swift-\(UInt64.random(in: 0 ... .max))")
    defer { try? name.remove() }
    _ = try Shell.run(
      #"iq create "$1"; printf 'a b\n\nc' | iq put "$1"; iq close "$1""#, name.description)
    let lines = try IterableQueue<String>(attachingTo: name)
    #expect(Array(try lines.makeConsumer()) == ["a b", "", "c"])
    try name.remove()
    _ = try Shell.run(
      #"iq create "$1" --items bytes; printf '\377\n\0x\n' | iq put "$1"; iq close "$1""#,
      name.description)
    let bytes = try IterableQueue<[UInt8]>(attachingTo: name)
    #expect(Array(try bytes.makeConsumer()) == [[0xff], [0, 0x78]])
  }

  @Test func `arguments keep their bytes, and text that is not UTF-8 is refused`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q --items bytes
      iq put $'\xff\xfe' 2>/dev/null; iq put --timeout 1s $Q a $'\xff\xfe' --wait=1s $'\xef\xbf\xbd' $'b\xff'
      iq get -n4 $Q | od -An -tx1
      iq create $Q-text; iq put $Q-text a $'b\xff' c; echo $?; iq close $Q-text; iq get $Q-text; iq rm $Q-text
      """#)
    #expect(run.lines == [" 61 0a ff fe 0a ef bf bd 0a 62 ff 0a", "65", "a"])
    #expect(run.err.hasPrefix("iq: argument 2: not UTF-8"))
  }

  @Test(arguments: [
    ("int8", "-128\n127"), ("int", "-9223372036854775808"), ("uint64", "18446744073709551615"),
    ("float", "0.1\n-1e+30"),
    ("double", "0.1\n5e-324"), ("int128", "-170141183460469231731687303715884105728"),
  ])
  func `numbers come out as they went in`(items: String, text: String) throws {
    let run = try Shell.run(
      #"iq create $Q --items "$1"; echo "$2" | iq put $Q; iq close $Q; iq get $Q"#, items, text)
    #expect(run.out == text + "\n")
    #expect(run.err.isEmpty)
  }

  @Test(arguments: ["cbor", "json"])
  func `JSON is shown as it was put, with either codec`(codec: String) throws {
    let value = #"{"a":[1,2.5,null,true,"x\n"],"b":{}}"#
    let run = try Shell.run(
      #"iq create $Q --items json --codec $1; echo "$2" | iq put $Q; iq close $Q; iq get $Q"#,
      codec, value)
    #expect(run.lines == [value])
  }

  @Test func `--null, --framed, --json and --raw carry what lines cannot`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q
      printf 'a\nb\0c' | iq put --null $Q
      iq get -n 2 --json $Q
      printf '"x\\ny" "z"' | iq put --json $Q
      iq get -n 2 --null $Q | tr '\n\0' '+-'; echo
      printf '\3\0\0\0d\ne' | iq put --framed $Q
      iq get -n 1 --raw --framed $Q | od -An -c
      """#)
    #expect(
      run.lines == [
        #""a\nb""#, #""c""#, "x+y-z-", #" 004  \0  \0  \0   c   d  \n   e"#,
      ])
  }

  @Test func `what separates items is refused where they are arguments`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q
      for way in --framed --null -0; do iq put $Q $way 1; echo $?; done
      iq put --json $Q '"x"'; iq close $Q; iq get $Q
      """#)
    #expect(run.lines == ["64", "64", "64", "x"])
    #expect(run.err.contains("--null and --framed are for standard input, not for arguments"))
  }

  @Test func `items that several put are shared by several that get, each once`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q --ring-bytes 64K --max-item-bytes 1K
      for c in 1 2 3; do iq get $Q >$T/out$c & done
      for p in 0 1 2 3; do seq $((p * 10000 + 1)) $((p * 10000 + 10000)) | iq put $Q & puts="$puts $!"; done
      wait $puts && iq close $Q && wait
      sort -n $T/out* | md5sum; seq 40000 | md5sum
      """#)
    #expect(run.lines.count == 2 && run.lines[0] == run.lines[1])
    #expect(run.err.isEmpty)
  }

  @Test func `a killed get loses no line`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q --max-deliveries 127
      seq 20000 | iq put $Q & put=$!
      for i in $(seq 20); do
        iq get $Q >$T/out$i & get=$!
        sleep 0.0$((RANDOM % 9 + 1)); kill -9 $get; wait $get
      done 2>/dev/null
      iq get $Q >$T/rest & get=$!
      wait $put; iq close $Q; wait $get
      sed '$d' -n /dev/null; sort -nu $T/out* $T/rest >$T/all
      # A line that was being written when the process died ends within itself.
      seq 20000 | comm -23 <(seq 20000 | sort) <(sort $T/all) | wc -l
      iq dead $Q | wc -l
      """#)
    #expect(run.lines == ["0", "0"])
  }

  @Test func `a reader that goes away gives back what it did not read`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q; seq 5 | iq put $Q
      iq get $Q | true; echo ${PIPESTATUS[0]}
      iq close $Q; iq get $Q
      """#)
    #expect(run.lines == ["141", "1", "2", "3", "4", "5"])
    #expect(run.err.isEmpty)
  }

  @Test func `items that an interrupted get gives back are not delivered for that`() throws {
    let run = try Shell.run(
      #"""
      set -m
      iq create $Q --max-deliveries 2; seq 5 | iq put $Q
      for i in 1 2 3; do iq get $Q >/dev/full; done
      mkfifo $T/pipe; exec 3<>$T/pipe
      # Nobody reads it, and it is full.
      dd if=/dev/zero of=$T/pipe bs=4096 oflag=nonblock 2>/dev/null
      for i in 1 2 3; do
        iq get $Q >$T/pipe & get=$!
        until iq stat $Q --json | grep -q '"inFlight":5'; do sleep 0.02; done
        kill -INT $get; wait $get; echo $?
      done
      iq close $Q; iq get $Q; iq dead $Q
      """#)
    #expect(run.lines == ["130", "130", "130", "1", "2", "3", "4", "5"])
    let told = run.err.split(separator: "\n").filter { $0.contains("No space left on device") }
    #expect(told.count == 3)
  }

  @Test(arguments: ["INT", "TERM"])
  func `a signal ends get and put at once, without a lost endpoint`(signal: String) throws {
    let run = try Shell.run(
      #"""
      set -m
      iq create $Q --max-items 1
      iq get $Q >$T/out & get=$!
      until iq stat $Q --json | grep -q '"waitsFor":"items"'; do sleep 0.02; done
      kill -$1 $get; wait $get; echo $?
      seq 100 | iq put $Q & put=$!
      until iq stat $Q --json | grep -q '"waitsFor":"room"'; do sleep 0.02; done
      kill -$1 $put; wait $put; echo $?
      iq stat $Q --json | grep -o '"lost[A-Za-z]*":[0-9]*'
      """#, signal)
    let status = signal == "INT" ? "130" : "143"
    #expect(run.lines == [status, status, #""lostProducers":0"#, #""lostConsumers":0"#])
  }

  @Test func `--count and --timeout bound a get, --wait waits for the queue`() throws {
    let run = try Shell.run(
      #"""
      (sleep 0.2; iq create $Q; iq put $Q a b) &
      iq get --wait 20s --count 2 $Q; echo $?
      iq get --timeout 0.1 $Q; echo $?
      iq create $Q-full --max-items 1; iq put $Q-full 1 2 --timeout 100ms; echo $?; iq rm $Q-full
      """#)
    #expect(run.lines == ["a", "b", "0", "75", "75"])
    #expect(
      run.err.contains("iq: no item within 0.1s\n")
        && run.err.contains("argument 2: queue"))
  }

  @Test func `an item that cannot be read is a dead letter, and its content is in no error`() throws
  {
    let run = try Shell.run(
      #"""
      iq create $Q
      printf '\x65sec' | iq put --raw $Q; iq put $Q good; iq close $Q
      iq get $Q; echo $?
      iq dead --json $Q | grep -o '"reason":.*'
      iq dead --discard $Q; iq dead $Q | wc -l
      """#)
    #expect(
      run.lines == [
        "good", "65",
        #""reason":"cannot be read: the data ends within an item that begins, at byte 0","bytes":"ZXNlYw=="}"#,
        "0",
      ])
    #expect(run.err.contains("became a dead letter") || run.err.contains("become a dead letter"))
    #expect(!run.err.contains("sec"))
  }

  @Test func `dead letters are offered again with --requeue`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q --max-deliveries 1; iq put $Q a
      mkfifo $T/pipe; exec 3<>$T/pipe
      dd if=/dev/zero of=$T/pipe bs=4096 oflag=nonblock 2>/dev/null
      iq get $Q >$T/pipe & get=$!
      until iq stat $Q --json | grep -q '"inFlight":1'; do sleep 0.02; done
      kill -9 $get; wait $get 2>/dev/null
      iq get --timeout 100ms $Q; iq dead $Q | tail -n 1 | grep -o 'delivered too often.*'
      iq dead --requeue $Q; iq get --count 1 $Q
      """#)
    #expect(run.lines == [#"delivered too often  "a""#, "a"])
  }

  @Test func `what is refused is named by its place, and what came before it is put`() throws {
    let run = try Shell.run(
      #"""
      iq create $Q --max-item-bytes 20
      printf 'a\nb\n\377secret\nc\n' | iq put $Q; echo $?
      printf 'd\n%030d\n' 7 | iq put $Q; echo $?
      printf '"e" {"secret":1}' | iq put --json $Q; echo $?
      printf '"f" "secret' | iq put --json $Q; echo $?
      iq close $Q; iq get $Q; iq put $Q x; echo $?
      """#)
    #expect(run.lines == ["65", "65", "65", "65", "a", "b", "d", "e", "f", "69"])
    let errors = run.err.split(separator: "\n")
    #expect(errors.count == 5)
    #expect(errors[0].hasPrefix("iq: line 3: not UTF-8"))
    #expect(errors[1].hasPrefix("iq: line 2 has 30 bytes or more; the limit is 20"))
    #expect(errors[2] == "iq: value 2: not a string, which the queue's items are")
    #expect(errors[3] == "iq: value 2: the text ends within a string, at byte 7")
    #expect(!run.err.contains("secret"))
  }
}
