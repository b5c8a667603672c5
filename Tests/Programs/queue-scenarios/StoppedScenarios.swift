import Glibc
import IterableQueues
import RingBuffer
import SharedMemory

private let stopHoldingOne = Work("stop-holding-one") {
  (_, mine: Consumer<Int>, putting: Producer<Int>) in
  expectEqual(try mine.get(), 1)
  raise(SIGSTOP)
  expectEqual(mine.attempt, 1)
  mine.acknowledge()
  try putting.put(3)
}
private let stopInLock = Work("stop-in-lock") { (given, mine: Producer<Int>) in
  given.gate.pass()
  stop(in: given.texts[0], of: mine.endpointCore.ring)
  try mine.put(10)
}
private let handOn = Work("hand-on-while-stopped") {
  (_, mine: Consumer<Int>, putting: Producer<Int>) in
  for item in mine { try putting.put(item) }
}

private let stopInLockOnly = Work("stop-in-lock-only") { (given, mine: Producer<Int>) in
  given.gate.pass()
  stop(in: given.texts[0], of: mine.endpointCore.ring)
}
private let waitForStopped = Work("wait-for-stopped") {
  (given, producer: Producer<Int>, consumer: Consumer<Int>, said: Producer<Int>) in
  given.gates[0].open()
  eventually { state(of: pid_t(given.numbers[0])) == "T" }
  given.gates[1].open()
  switch given.texts[0] {
  case "put": try producer.put(3)
  case "get": expectEqual(try consumer.get(), 2)
  default: producer.close()
  }
  try said.put(1)
}

/// Stops this process while it holds a lock.
private func stop(in name: String, of ring: Ring) {
  let lock =
    name == "put"
    ? ring.testingPutLock : name == "get" ? ring.testingGetLock : ring.testingRegistryLock
  _ = lock.lock(repairing: {})
  raise(SIGSTOP)
  lock.unlock(at: .testing)
}

let stoppedWorks: [any AnyWork] = [
  stopHoldingOne, stopInLock, stopInLockOnly, waitForStopped, handOn,
]

/// A stopped process is alive: nothing is taken from it, and only untimed operations wait for it.
let stoppedScenarios: [String: Scenario] = [
  "a-stopped-holder-of-an-item-keeps-it": { arguments in
    let time = Duration.milliseconds(Int(arguments[0]) ?? 500)
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(1)
    let worker = try start(stopHoldingOne, queue.makeConsumer(), queue.makeProducer())
    waitUntilStopped(worker.processIdentifier)
    let end = ContinuousClock.now + time
    repeat {
      guard case .empty = try consumer.poll() else { fail("its item was taken from it") }
      let error = expectThrows(QueueError.self) {
        _ = try consumer.get(timeout: .milliseconds(20))
      }
      expectEqual(error.code, .timedOut)
      expectEqual(try producer.tryPut(2), true)
      expectEqual(try consumer.get(), 2)
      consumer.acknowledge()
      expectEqual(queue.statistics.lostConsumers + queue.statistics.lostProducers, 0)
      expectEqual(queue.statistics.inFlight, 1)
    } while ContinuousClock.now < end
    producer.close()
    queue.close()
    kill(worker.processIdentifier, SIGCONT)
    expectEqual(try consumer.get(), 3)
    expectEqual(try consumer.get(), nil)
    expectEqual(consumer.endReason, .finished)
    expectEqual(queue.statistics.redelivered, 0)
    try worker.wait()
  },
  "a-stopped-holder-of-a-lock-hangs-nobody-who-cannot-wait": { arguments in
    let name = arguments[0]
    var queue: IterableQueue<Int>? = try IterableQueue<Int>()
    var spareProducer = try queue?.makeProducer(), spareConsumer = try queue?.makeConsumer()
    guard let producer = try queue?.makeProducer(), let consumer = try queue?.makeConsumer(),
      let workers = try queue?.makeProducer()
    else { fail("no endpoints") }
    try producer.put(1)
    expectEqual(try consumer.get(), 1)
    consumer.acknowledge()
    // The hand-over needs the registry's lock too.
    let isHandedOver = Gate()
    let worker = try start(stopInLock, workers, given: Given(isHandedOver, texts: [name]))
    isHandedOver.open()
    waitUntilStopped(worker.processIdentifier)
    let accepted = try producer.tryPut(2)
    expectEqual(accepted, name != "put")
    let poll = try consumer.poll()
    switch (poll, name) {
    case (.item(2), "registry"), (.empty, "put"), (.empty, "get"): break
    default: fail("poll gave \(poll)")
    }
    if name == "put" {
      let error = expectThrows(QueueError.self) {
        try producer.put(2, timeout: .milliseconds(20))
      }
      expectEqual(error.code, .timedOut)
    }
    if name != "registry" {
      let error = expectThrows(QueueError.self) {
        _ = try consumer.get(timeout: .milliseconds(20))
      }
      expectEqual(error.code, .timedOut)
    }
    if name == "get" {
      let error = expectThrows(QueueError.self) {
        try queue?.waitUntilAcknowledged(timeout: .milliseconds(20))
      }
      expectEqual(error.code, .timedOut)
    }
    expectEqual(queue?.statistics.lostProducers, 0)
    // Each deinit returns, though the registry's lock may be held.
    spareProducer = nil
    spareConsumer = nil
    queue = nil
    expect(spareProducer == nil && spareConsumer == nil, "both have gone")
    expectEqual(state(of: worker.processIdentifier), "T")
    kill(worker.processIdentifier, SIGCONT)
    try worker.wait()
    if name == "put" { try producer.put(2) }
    producer.close()
    // The queue has closed with its handle.
    var rest: [Int] = []
    while let item = try consumer.get() { rest.append(item) }
    expectEqual(rest.sorted(), name == "registry" ? [10] : [2, 10])
    expect(consumer.failure == nil, "nothing went wrong")
  },
  // Operations without a limit, and close(), wait for it, and do then what they should.
  "a-stopped-holder-of-a-lock-delays-what-may-wait": { arguments in
    let name = arguments[0], time = Duration.milliseconds(Int(arguments[1]) ?? 500)
    let queue = try IterableQueue<Int>(), said = try IterableQueue<Int>()
    let isReady = Gate(), mayStop = Gate(), sawIt = Gate(), mine = try queue.makeConsumer()
    try queue.makeProducer().put(contentsOf: [1, 2])
    expectEqual(try mine.get(), 1)
    let holder = try start(
      stopInLockOnly, queue.makeProducer(), given: Given(mayStop, texts: [name]))
    let waiting = try start(
      waitForStopped, queue.makeProducer(), queue.makeConsumer(), said.makeProducer(),
      given: Given(isReady, sawIt, numbers: [Int(holder.processIdentifier)], texts: [name]))
    let heard = try said.makeConsumer()
    isReady.pass()
    mayStop.open()
    sawIt.pass()
    let error = expectThrows(QueueError.self) { _ = try heard.get(timeout: time) }
    expectEqual(error.code, .timedOut)
    // What is in this process's hands needs no lock.
    expectEqual(mine.attempt, 1)
    mine.acknowledge()
    expectEqual(queue.statistics.lostProducers + queue.statistics.lostConsumers, 0)
    kill(holder.processIdentifier, SIGCONT)
    expectEqual(try heard.get(), 1)
    try holder.wait()
    try waiting.wait()
    queue.close()
    expectEqual(Array(mine), name == "put" ? [2, 3] : name == "get" ? [] : [2])
    expectEqual(mine.endReason, .finished)
    expectEqual(queue.statistics.redelivered, 0)
  },
  // Not at a chosen point: wherever the signal finds it.
  "processes-that-are-stopped-anywhere-go-on": { _ in
    let queue = try IterableQueue<Int>(), back = try IterableQueue<Int>()
    let workers = WorkerGroup()
    for _ in 0..<3 { try start(handOn, queue.makeConsumer(), back.makeProducer(), in: workers) }
    let producer = try queue.makeProducer(), consumer = try back.makeConsumer()
    queue.close()
    back.close()
    var sum = 0
    for round in 0..<200 {
      let victim = workers.workers[round % 3].processIdentifier
      kill(victim, SIGSTOP)
      for number in 0..<50 { try? producer.put(round * 50 + number, timeout: .milliseconds(5)) }
      while case .item(let item) = try consumer.poll() { sum += item }
      kill(victim, SIGCONT)
    }
    let put = Int(queue.statistics.itemsPut)
    producer.close()
    var rest = 0
    for item in consumer {
      sum += item
      rest += 1
    }
    expect(put > 0 && sum > 0, "items flowed")
    expectEqual(Int(back.statistics.itemsTaken), put)
    expectEqual(queue.statistics.lostConsumers + queue.statistics.redelivered, 0)
    try workers.wait()
  },
]
