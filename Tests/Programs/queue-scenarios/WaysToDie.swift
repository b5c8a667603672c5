import CIterableQueue
import Glibc
import IterableQueues
import SharedMemory

/// How a process may die without a word.
let waysToDie: [String: @Sendable () -> Void] = [
  "SIGKILL": { raise(SIGKILL) },
  "SIGSEGV": { unsafe UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1 },
  "abort": { abort() },
  "_exit": { _exit(0) },
  "exit": { exit(0) },
  "exec-that-fails": {
    execute("/no/such/program")
    _exit(127)
  },
]

/// Makes this process another program; returns if that fails.
func execute(_ path: String, _ arguments: String...) {
  var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
  _ = unsafe execv(path, &words)
}

/// The state of a process as /proc shows it; "-" where there is none.
func state(of process: pid_t) -> Character {
  var status = ciq_process_status()
  if unsafe ciq_process_read(process, &status) != 0 { return "-" }
  return Character(UnicodeScalar(UInt8(bitPattern: status.state)))
}

/// Returns when the process has been asleep for 20 looks in a row.
func waitUntilAsleep(_ process: pid_t) {
  var looks = 0
  while looks < 20 {
    usleep(1000)
    looks = state(of: process) == "S" ? looks + 1 : 0
  }
}

/// Returns when the process is stopped.
func waitUntilStopped(_ process: pid_t) { eventually { state(of: process) == "T" } }

private let dieHoldingOne = Work("die-holding-one") {
  (given, consumer: Consumer<Int>, producer: Producer<Int>) in
  expectEqual(try consumer.get(), 1)
  given.gates[0].open()
  given.gates[1].pass()
  waysToDie[given.texts[0]]?()
  fail("it lives")
}
private let tellAttempts = Work("tell-attempts") {
  (_, consumer: Consumer<Int>, results: Producer<String>) in
  for item in consumer { try results.put("\(item), attempt \(consumer.attempt)") }
  try results.put("\(consumer.endReason.map { "\($0)" } ?? "no end")")
}
private let dieAtGate = Work("die-at-gate") { (given, consumer: Consumer<Int>) in
  given.gate.pass()
  waysToDie[given.texts[0]]?()
  fail("it lives")
}
private let putTwo = Work("put-two") { (_, producer: Producer<Int>) in
  try producer.put(1)
  let error = expectThrows(QueueError.self) { try producer.put(2) }
  expectEqual(error.code, .noConsumers)
}
// READ END, WRITE END
private let becomeCat = Work("become-cat") { (given, mine: Consumer<Int>) in
  expectEqual(try mine.get(), 1)
  dup2(CInt(given.numbers[0]), STDIN_FILENO)
  close(CInt(given.numbers[1]))
  given.gate.open()
  execute("/bin/cat")
  fail("no cat: errno \(errno)")
}
private let leaveLeader = Work("leave-leader") { (given, mine: Consumer<Int>) in
  expectEqual(try mine.get(), 1)
  startThread()
  given.gate.open()
  pthread_exit(nil)
}

let wayToDieWorks: [any AnyWork] = [
  dieHoldingOne, tellAttempts, dieAtGate, putTwo, becomeCat, leaveLeader,
]

/// Every way to die, with peers that are blocked.
let wayToDieScenarios: [String: Scenario] = [
  "a-death-lets-a-waiting-consumer-go-on": { arguments in
    forbidCoreDumps()
    expect(waysToDie[arguments[0]] != nil, "there is such a way to die")
    let queue = try IterableQueue<Int>(), results = try IterableQueue<String>()
    let first = try queue.makeProducer(), isHolding = Gate(), mayDie = Gate()
    try first.put(1)
    first.close()
    // It holds the only item, and is the last producer.
    let dying = try start(
      dieHoldingOne, queue.makeConsumer(), queue.makeProducer(),
      given: Given(isHolding, mayDie, texts: [arguments[0]]))
    isHolding.pass()
    let waiting = try start(tellAttempts, queue.makeConsumer(), results.makeProducer())
    queue.close()
    results.close()
    waitUntilAsleep(waiting.processIdentifier)
    mayDie.open()
    expectEqual(Array(try results.makeConsumer()), ["1, attempt 2", "producersLost(1)"])
    try waiting.wait()
    // Nobody has waited for it so far.
    expectEqual(state(of: dying.processIdentifier), "Z")
    expectEqual(queue.statistics.lostProducers, 1)
    expectEqual(queue.statistics.lostConsumers, 1)
    expectEqual(queue.statistics.inFlight + queue.statistics.orphaned, 0)
    try? dying.wait()
  },
  "a-death-lets-a-waiting-producer-go-on": { arguments in
    forbidCoreDumps()
    expect(waysToDie[arguments[0]] != nil, "there is such a way to die")
    let queue = try IterableQueue<Int>(configuration: .init(maxItems: 1)), mayDie = Gate()
    let dying = try start(
      dieAtGate, queue.makeConsumer(), given: Given(mayDie, texts: [arguments[0]]))
    let waiting = try start(putTwo, queue.makeProducer())
    waitUntilAsleep(waiting.processIdentifier)
    mayDie.open()
    try waiting.wait()
    expectEqual(state(of: dying.processIdentifier), "Z")
    try? dying.wait()
  },
  // exec keeps the process's number, so that the process is alive until the other program ends.
  "a-process-that-became-another-program-is-alive": { _ in
    var ends: [CInt] = [0, 0]
    expectEqual(unsafe pipe(&ends), 0)
    let (readEnd, writeEnd) = (ends[0], ends[1])
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(1)
    let isHolding = Gate()
    let worker = try start(
      becomeCat, queue.makeConsumer(),
      given: Given(isHolding, numbers: [Int(readEnd), Int(writeEnd)]))
    isHolding.pass()
    for _ in 0..<10 {
      usleep(60_000)
      expectEqual(queue.statistics.lostConsumers, 0)
      guard case .empty = try consumer.poll() else { fail("its item was taken from it") }
    }
    close(writeEnd)
    expectEqual(try consumer.get(), 1)
    expectEqual(consumer.attempt, 2)
    try worker.wait()
  },
  "a-leader-thread-that-has-left-is-no-death": { _ in
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(1)
    let isHolding = Gate()
    let worker = try start(leaveLeader, queue.makeConsumer(), given: Given(isHolding))
    isHolding.pass()
    eventually { state(of: worker.processIdentifier) == "Z" }
    for _ in 0..<10 {
      usleep(60_000)
      expectEqual(queue.statistics.lostConsumers, 0)
      guard case .empty = try consumer.poll() else { fail("its item was taken from it") }
    }
    kill(worker.processIdentifier, SIGKILL)
    expectEqual(try consumer.get(), 1)
    expectEqual(consumer.attempt, 2)
    try? worker.wait()
  },
]
