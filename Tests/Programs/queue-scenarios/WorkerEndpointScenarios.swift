import Dispatch
import Glibc
import IterableQueues
import SharedMemory

/// Workers with endpoints of real queues.
let workerEndpointScenarios: [String: Scenario] = [
  // The example of the documentation.
  "endpoints-flow": { _ in
    let pages = try IterableQueue<Int>(), scores = try IterableQueue<Double>()
    let workers = WorkerGroup()
    try workers.fork(pages.makeProducer()) { feed in
      for page in 1...1000 { try feed.put(page) }
    }
    try workers.fork(count: 5) {
      (try pages.makeConsumer(), try scores.makeProducer())
    } body: { pages, scores in
      for page in pages { try scores.put(Double(page) / 2) }
    }
    let results = try scores.makeConsumer()
    pages.close()
    scores.close()
    expectEqual(results.reduce(0, +), 250_250)
    try workers.wait()
    expectEqual(results.failure?.code, nil)
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
    let worker = try Worker.fork(producer) { producer in
      gate.pass()
      try producer.put(1)
    }
    let error = expectThrows(QueueError.self) { try producer.put(2) }
    expectEqual(error.code, .handedOver)
    expect("\(error)".contains("\(worker.processIdentifier)"), "\(error)")
    // Nor can it be handed over twice, and that makes no worker.
    let again = expectThrows(QueueError.self) { _ = try Worker.fork(producer) { _ in } }
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
    try Worker.fork(items.makeConsumer()) { expectEqual(try $0.get(), 1) }.wait()
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
    let worker = try Worker.fork(items.makeConsumer()) { items in
      expectEqual(try items.get(), 1)
      throw Boom("not mine")
    }
    _ = expectThrows(WorkerError.self) { try worker.wait() }
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
    let worker = try Worker.fork(items.makeConsumer()) { items in
      expectEqual(try items.get(), 1)
      gate.open()
      sleepForEver()
    }
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
    for number in 0..<200 {
      let worker = try Worker.fork(items.makeProducer()) { try $0.put(number) }
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
    try Worker.fork(consumer) { expectEqual(Array($0), [2, 3]) }.wait()
    expectEqual(Array(try items.makeConsumer()), [])
  },
  "endpoints-fork-fails": { _ in
    let items = try IterableQueue<Int>()
    let producer = try items.makeProducer()
    forbidProcesses()
    let error = expectThrows(QueueError.self) { _ = try Worker.fork(producer) { _ in } }
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
      try workers.fork(count: 5) {
        if made.count == 3 { throw Boom("no more") }
        made.append(try items.makeProducer())
        return made.last!
      } body: { (producer: Producer<Int>) in
        gate.pass()
        try producer.put(1)
      }
    }
    expectEqual(error.description, "no more")
    expectEqual(workers.workers.count, 3)
    gate.open(for: 3)

    // The second of the two was closed before it came here: what was made with it is closed too.
    let good = try items.makeProducer(), bad = try items.makeProducer()
    bad.close()
    let refusal = expectThrows(QueueError.self) {
      try workers.fork(count: 1) {
        (good, bad)
      } body: { _, _ in
        fail("the worker runs")
      }
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
      _ = try Worker.fork(consumer, options: .init(allowsThreads: true)) { _ in }
    }
    expectEqual(error.code, .busy)
    expect(hasNoChildren, "no worker has been made")
    consumer.close()
    ended.pass()
  },
]
