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

/// Every way to die, with peers that are blocked.
let wayToDieScenarios: [String: Scenario] = [
  "a-death-lets-a-waiting-consumer-go-on": { arguments in
    forbidCoreDumps()
    guard let die = waysToDie[arguments[0]] else { fail("no such way to die") }
    let queue = try IterableQueue<Int>(), results = try IterableQueue<String>()
    let first = try queue.makeProducer(), isHolding = Gate(), mayDie = Gate()
    try first.put(1)
    first.close()
    // It holds the only item, and is the last producer.
    let dying = try Worker.fork(queue.makeConsumer(), queue.makeProducer()) { consumer, producer in
      expectEqual(try consumer.get(), 1)
      isHolding.open()
      mayDie.pass()
      die()
      fail("it lives")
    }
    isHolding.pass()
    let waiting = try Worker.fork(queue.makeConsumer(), results.makeProducer()) {
      consumer, results in
      for item in consumer { try results.put("\(item), attempt \(consumer.attempt)") }
      try results.put("\(consumer.endReason.map { "\($0)" } ?? "no end")")
    }
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
    guard let die = waysToDie[arguments[0]] else { fail("no such way to die") }
    let queue = try IterableQueue<Int>(configuration: .init(maxItems: 1)), mayDie = Gate()
    let dying = try Worker.fork(queue.makeConsumer()) { consumer in
      mayDie.pass()
      die()
      fail("it lives")
    }
    let waiting = try Worker.fork(queue.makeProducer()) { producer in
      try producer.put(1)
      let error = expectThrows(QueueError.self) { try producer.put(2) }
      expectEqual(error.code, .noConsumers)
    }
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
    let worker = try Worker.fork(queue.makeConsumer()) { mine in
      expectEqual(try mine.get(), 1)
      dup2(readEnd, STDIN_FILENO)
      close(writeEnd)
      isHolding.open()
      execute("/bin/cat")
      fail("no cat: errno \(errno)")
    }
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
    let worker = try Worker.fork(queue.makeConsumer()) { mine in
      expectEqual(try mine.get(), 1)
      startThread()
      isHolding.open()
      pthread_exit(nil)
    }
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
