import Dispatch
import Glibc
import IterableQueues
import SharedMemory

private let feedThousand = Work("feed-thousand") { (_, feed: Producer<Int>) in
  for page in 1...1000 { try feed.put(page) }
}
private let halve = Work("halve") { (_, pages: Consumer<Int>, scores: Producer<Double>) in
  for page in pages { try scores.put(Double(page) / 2) }
}
private let putNumber = Work("put-number") { (given, numbers: Producer<Int>) in
  try numbers.put(given.numbers[0])
}
private let putOneAtGate = Work("put-one-at-gate") { (given, producer: Producer<Int>) in
  given.gate.pass()
  try producer.put(1)
}
private let doNothing = Work("do-nothing") { (_, _: Producer<Int>) in }
private let takeOne = Work("take-one") { (_, items: Consumer<Int>) in
  expectEqual(try items.get(), 1)
}
private let takeOneAndThrow = Work("take-one-and-throw") { (_, items: Consumer<Int>) in
  expectEqual(try items.get(), 1)
  throw Boom("not mine")
}
private let takeOneAndSleep = Work("take-one-and-sleep") { (given, items: Consumer<Int>) in
  expectEqual(try items.get(), 1)
  given.gate.open()
  sleepForEver()
}
private let takeTwoAndThree = Work("take-two-and-three") { (_, items: Consumer<Int>) in
  expectEqual(Array(items), [2, 3])
}

private let refuseToRun = Work("refuse-to-run") { (_, _: Producer<Int>, _: Producer<Int>) in
  fail("the worker runs")
}

let endpointWorks: [any AnyWork] = [
  refuseToRun, feedThousand, halve, putNumber, putOneAtGate, doNothing, takeOne, takeOneAndThrow,
  takeOneAndSleep, takeTwoAndThree,
]

/// Workers with endpoints of real queues.
let workerEndpointScenarios: [String: Scenario] = [
  // The example of the documentation.
  "endpoints-flow": { _ in
    let pages = try IterableQueue<Int>(), scores = try IterableQueue<Double>()
    let workers = WorkerGroup()
    try start(feedThousand, pages.makeProducer(), in: workers)
    for _ in 0..<5 { try start(halve, pages.makeConsumer(), scores.makeProducer(), in: workers) }
    let results = try scores.makeConsumer()
    pages.close()
    scores.close()
    expectEqual(results.reduce(0, +), 250_250)
    try workers.wait()
    expectEqual(results.failure?.code, nil)
    expectEqual(results.endReason, .finished)
  },
  "endpoints-numbered": { _ in
    let numbers = try IterableQueue<Int>()
    let workers = WorkerGroup()
    try workers.fork(count: 4) {
      try numbers.makeProducer()
    } body: { number, numbers in
      try numbers.put(number)
    }
    try workers.fork(count: 3) {
      try numbers.makeProducer()
    } body: { numbers in
      try numbers.put(10)
    }
    let results = try numbers.makeConsumer()
    numbers.close()
    expectEqual(results.sorted(), [0, 1, 2, 3, 10, 10, 10])
    try workers.wait()
    expectEqual(workers.workers.map(\.index), [0, 1, 2, 3, 4, 5, 6])
  },
  "endpoints-handed-over": { _ in
    let items = try IterableQueue<Int>(), gate = Gate()
    let producer = try items.makeProducer()
    let worker = try start(putOneAtGate, producer, given: Given(gate))
    let error = expectThrows(QueueError.self) { try producer.put(2) }
    expectEqual(error.code, .handedOver)
    expect("\(error)".contains("\(worker.processIdentifier)"), "\(error)")
    // Nor can it be handed over twice, and that makes no worker.
    let again = expectThrows(QueueError.self) { try start(doNothing, producer) }
    expectEqual(again.code, .handedOver)
    producer.close()
    let consumer = try items.makeConsumer()
    items.close()
    gate.open()
    expectEqual(Array(consumer), [1])
    try worker.wait()
    expect(hasNoChildren, "one worker was made")
  },
  "endpoints-after-return": { _ in
    // The worker's body returns without closing, and holds an item: it is acknowledged.
    let items = try IterableQueue<Int>()
    let producer = try items.makeProducer()
    try producer.put(1)
    try producer.put(2)
    try start(takeOne, items.makeConsumer()).wait()
    producer.close()
    items.close()
    expectEqual(Array(try items.makeConsumer()), [2])
    let statistics = items.statistics
    expectEqual(statistics.lostConsumers, 0)
    expectEqual(statistics.redelivered, 0)
  },
  "endpoints-after-throw": { _ in
    // The body throws with an item in its hands: somebody else gets it.
    let items = try IterableQueue<Int>()
    let producer = try items.makeProducer()
    try producer.put(1)
    producer.close()
    let worker = try start(takeOneAndThrow, items.makeConsumer())
    let thrown = expectThrows(WorkerError.self) { try worker.wait() }
    expectEqual(thrown.message, "not mine")
    expectEqual(thrown.ending, .exited(status: 1))
    items.close()
    let consumer = try items.makeConsumer()
    expectEqual(try consumer.get(), 1)
    expectEqual(consumer.attempt, 2)
    consumer.acknowledge()
    expectEqual(try consumer.get(), nil)
    expectEqual(items.statistics.lostConsumers, 0)
  },
  "endpoints-after-kill": { _ in
    let items = try IterableQueue<Int>(), gate = Gate()
    let producer = try items.makeProducer()
    try producer.put(1)
    producer.close()
    items.close()
    let worker = try start(takeOneAndSleep, items.makeConsumer(), given: Given(gate))
    gate.pass()
    worker.kill()
    _ = expectThrows(WorkerError.self) { try worker.wait() }
    expectEqual(Array(try items.makeConsumer()), [1])
    expectEqual(items.statistics.lostConsumers, 1)
  },
  "endpoints-quick": { _ in
    // A worker may be done before its parent has handed the endpoint over.
    let items = try IterableQueue<Int>()
    let consumer = try items.makeConsumer()
    for number in 0..<(areWorkersSpawned ? 50 : 200) {
      let worker = try start(putNumber, items.makeProducer(), given: Given(numbers: [number]))
      expectEqual(try consumer.get(), number)
      try worker.wait()
    }
    items.close()
    expectEqual(try consumer.get(), nil)
    expectEqual(items.statistics.lostProducers, 0)
  },
  "endpoints-held-by-parent": { _ in
    // What the parent holds is acknowledged when it hands its consumer over.
    let items = try IterableQueue<Int>()
    let producer = try items.makeProducer()
    for number in 1...3 { try producer.put(number) }
    producer.close()
    items.close()
    let consumer = try items.makeConsumer()
    expectEqual(try consumer.get(), 1)
    try start(takeTwoAndThree, consumer).wait()
    expectEqual(Array(try items.makeConsumer()), [])
  },
  "endpoints-start-fails": { _ in
    let items = try IterableQueue<Int>()
    let producer = try items.makeProducer()
    forbidProcesses()
    let error = expectThrows(QueueError.self) { try start(doNothing, producer) }
    expectEqual(error.code, .system)
    // It is still ours.
    try producer.put(1)
    producer.close()
    items.close()
    expectEqual(Array(try items.makeConsumer()), [1])
  },
  "endpoints-group-fails-midway": { _ in
    let items = try IterableQueue<Int>(), gate = Gate()
    let workers = WorkerGroup()
    var made: [Producer<Int>] = []
    let error = expectThrows(Boom.self) {
      try start(count: 5, putOneAtGate, given: Given(gate), in: workers) {
        if made.count == 3 { throw Boom("no more") }
        made.append(try items.makeProducer())
        return made.last!
      }
    }
    expectEqual(error.description, "no more")
    expectEqual(workers.workers.count, 3)
    gate.open(for: 3)

    // The second of the two was closed before it came here: what was made with it is closed too.
    let good = try items.makeProducer(), bad = try items.makeProducer()
    bad.close()
    let refusal = expectThrows(QueueError.self) {
      try start(count: 1, refuseToRun, in: workers) { (good, bad) }
    }
    expectEqual(refusal.code, .endpointClosed)
    expectEqual(expectThrows(QueueError.self) { try good.put(1) }.code, .endpointClosed)
    items.close()
    expectEqual(Array(try items.makeConsumer()), [1, 1, 1])
    try workers.wait()
  },
  "endpoints-busy": { _ in
    let items = try IterableQueue<Int>()
    let consumer = try items.makeConsumer()
    let ended = Gate()
    DispatchQueue.global().async {
      expectEqual(expectThrows(QueueError.self) { _ = try consumer.get() }.code, .endpointClosed)
      ended.open()
    }
    waitForOthersToSleep()
    let error = expectThrows(QueueError.self) {
      try start(takeOne, consumer, options: .init(allowsThreads: true))
    }
    expectEqual(error.code, .busy)
    expect(hasNoChildren, "no worker has been made")
    consumer.close()
    ended.pass()
  },
]
