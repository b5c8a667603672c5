import Glibc
import IterableQueues
import RingBuffer
import SharedMemory

/// Stops this process while it holds the lock that `texts[0]` names.
private let stopHoldingLock = Work("stop-holding-lock") { (given, mine: Producer<Int>) in
  given.gate.pass()  // the hand-over needs the registry's lock
  let ring = mine.endpointCore.ring
  let lock = given.texts[0] == "get" ? ring.testingGetLock : ring.testingRegistryLock
  _ = lock.lock(repairing: {})
  raise(SIGSTOP)
  lock.unlock(at: .testing)
}

/// Does what `texts[1]` says to the queue of the name `texts[0]`, once it is told to.
private let operate = Work("operate") { (given, said: Producer<Int>) in
  let name = try QueueName(given.texts[0]), queue = try IterableQueue<Int>(attachingTo: name)
  given.gates[0].open()
  given.gates[1].pass()
  try said.put(1)
  switch given.texts[1] {
  case "close": queue.close()
  case "cancel": queue.cancel()
  case "makeProducer": _ = try queue.makeProducer()
  case "makeConsumer": _ = try queue.makeConsumer()
  case "attach": _ = try IterableQueue<Int>(attachingTo: name)
  case "create":
    let error = expectThrows(QueueError.self) { _ = try IterableQueue<Int>(named: name) }
    expectEqual(error.code, .alreadyExists)
  case "deadLetters": _ = try queue.deadLetters()
  case "requeueDeadLetters": try queue.requeueDeadLetters()
  case "discardDeadLetters": try queue.discardDeadLetters()
  case let other: fail("no operation \(other)")
  }
  try said.put(2)
}

let waitingWorks: [any AnyWork] = [stopHoldingLock, operate]

/// What waits for a stopped holder of a lock, and what does not.
let waitingScenarios: [String: Scenario] = [
  "a-stopped-holder-of-a-lock-delays": { arguments in
    let (lock, operation) = (arguments[0], arguments[1])
    let name = try QueueName("scenario.waiting.\(getpid()).\(UInt32.random(in: 0 ... .max))")
    let queue = try IterableQueue<Int>(named: name, configuration: .init(maxDeliveries: 1))
    do {  // a dead letter
      let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
      try producer.put(7)
      if try consumer.get() != nil { consumer.reject() }
      guard case .empty = try consumer.poll() else { fail("no dead letter") }
    }
    let said = try IterableQueue<Int>()
    let isReady = Gate(), mayGoOn = Gate(), heard = try said.makeConsumer()
    let worker = try start(
      operate, said.makeProducer(),
      given: Given(isReady, mayGoOn, texts: ["\(name)", operation]))
    isReady.pass()
    let mayStop = Gate()
    let holder = try start(
      stopHoldingLock, queue.makeProducer(), given: Given(mayStop, texts: [lock]))
    mayStop.open()
    waitUntilStopped(holder.processIdentifier)
    mayGoOn.open()
    expectEqual(try heard.get(), 1)
    let error = expectThrows(QueueError.self) { _ = try heard.get(timeout: .milliseconds(150)) }
    expectEqual(error.code, .timedOut)
    kill(holder.processIdentifier, SIGCONT)
    expectEqual(try heard.get(), 2)
    try holder.wait()
    try worker.wait()
    expectEqual(queue.statistics.lostProducers, 0)
  },
  "what-is-in-hand-is-given-back-beside-a-stopped-holder-of-every-lock": { _ in
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer()
    try producer.put(contentsOf: [1, 2, 3])
    let consumers = try (1...3).map { number in
      let consumer = try queue.makeConsumer()
      expectEqual(try consumer.get(), number)
      return consumer
    }
    let holders = try ["get", "registry"].map { lock in
      let mayStop = Gate()
      let holder = try start(
        stopHoldingLock, queue.makeProducer(), given: Given(mayStop, texts: [lock]))
      mayStop.open()
      waitUntilStopped(holder.processIdentifier)
      return holder
    }
    consumers[0].acknowledge()
    consumers[1].reject()
    consumers[2].release()
    expect(holders.allSatisfy { state(of: $0.processIdentifier) == "T" }, "they are stopped")
    for holder in holders { kill(holder.processIdentifier, SIGCONT) }
    for holder in holders { try holder.wait() }
    producer.close()
    queue.close()
    var attempts: [Int: Int] = [:]
    while let item = try consumers[0].get() { attempts[item] = consumers[0].attempt }
    expectEqual(attempts, [2: 2, 3: 1])
  },
]
