import Glibc
import IterableQueues

private let refuse = Work("refuse") { (_, consumer: Consumer<String>) in
  _ = try consumer.get()
  throw Boom("not this one")
}
private let takeTwoAndStay = Work("take-two-and-stay") {
  (_, consumer: Consumer<Int>, said: Producer<Int>) in
  for item in try consumer.get(upTo: 2) { try said.put(item) }
  sleepForEver()
}
private let putAndStay = Work("put-and-stay") { (_, producer: Producer<Int>) in
  try producer.put(1)
  sleepForEver()
}
private let takeAndDie = Work("take-and-die") { (_, consumer: Consumer<Int>) in
  _ = try consumer.get()
  raise(SIGKILL)
}
private let stay = Work("stay") { (_, _: Consumer<Int>) in sleepForEver() }
private let tell = Work("tell") { (_, consumer: Consumer<Int>, results: Producer<String>) in
  for item in consumer { try results.put("item \(item)") }
  try results.put("end")
}
private let holdQueue = Work("hold-queue") { (_, results: Producer<String>) in
  let queue = try IterableQueue<Int>()
  let producer = try queue.makeProducer()
  try start(tell, queue.makeConsumer(), results)
  try producer.put(1)
  sleepForEver()
}
private let takeSlowly = Work("take-slowly") { (_, consumer: Consumer<Int>) in
  for _ in consumer { usleep(1000) }
}
private let double = Work("double") { (_, asked: Consumer<Int>, answering: Producer<Int>) in
  try answering.put(contentsOf: asked.lazy.map { $0 * 2 })
}

let lossWorks: [any AnyWork] = [
  refuse, takeTwoAndStay, putAndStay, takeAndDie, stay, tell, holdQueue, takeSlowly, double,
]

/// What happens to items and streams when processes die or throw.
let lossScenarios: [String: Scenario] = [
  "a-worker-that-throws-gives-its-item-back": { _ in
    let queue = try IterableQueue<String>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put("item")
    let worker = try start(refuse, queue.makeConsumer())
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    expect("\(error)".contains("not this one"), "the error has the message: \(error)")
    expectEqual(try consumer.get(), "item")
    expectEqual(consumer.attempt, 2)
    expectEqual(queue.statistics.lostConsumers, 0)
  },

  "a-killed-consumer's-item-goes-to-another": { _ in
    let queue = try IterableQueue<Int>(), said = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(contentsOf: [1, 2, 3])
    let worker = try start(takeTwoAndStay, queue.makeConsumer(), said.makeProducer())
    let heard = try said.makeConsumer()
    expectEqual([try heard.get(), try heard.get()], [1, 2])
    expectEqual(try consumer.get(), 3)
    worker.kill()
    var found: [Int] = []
    while found.count < 2 {
      if let item = try consumer.get() { found.append(item) }
      expectEqual(consumer.attempt, 2)
    }
    expectEqual(found, [1, 2])
    queue.close()
    producer.close()
    expectEqual(try consumer.get(), nil)
    expectEqual(queue.statistics.lostConsumers, 1)
    expectEqual(queue.statistics.redelivered, 1)
    _ = expectThrows(WorkerError.self) { try worker.wait() }
  },

  "a-killed-producer-does-not-keep-the-consumers": { _ in
    let queue = try IterableQueue<Int>()
    let consumer = try queue.makeConsumer()
    let worker = try start(putAndStay, queue.makeProducer())
    queue.close()
    expectEqual(try consumer.get(), 1)
    worker.kill()
    expectEqual(try consumer.get(), nil)
    expectEqual(consumer.endReason, .producersLost(1))
    expectEqual(queue.statistics.lostProducers, 1)
    _ = expectThrows(WorkerError.self) { try worker.wait() }
  },

  // Nobody sleeps in the queue, who would look after the dead.
  "a-killed-producer-is-noticed-by-who-only-looks": { arguments in
    let queue = try IterableQueue<Int>()
    let consumer = try queue.makeConsumer()
    func look() throws -> Poll<Int> {
      if arguments[0] == "poll" { return try consumer.poll() }
      do { return try consumer.get(timeout: .microseconds(10)).map(Poll.item) ?? .done } catch let
        error as QueueError where error.code == .timedOut
      { return .empty }
    }
    let worker = try start(putAndStay, queue.makeProducer())
    queue.close()
    try eventually { try look() == .item(1) }
    worker.kill()
    _ = expectThrows(WorkerError.self) { try worker.wait() }
    try eventually { try look() == .done }
    expectEqual(consumer.endReason, .producersLost(1))
  },
  "killed-consumers-are-noticed-by-who-only-tries": { arguments in
    let queue = try IterableQueue<Int>(configuration: .init(maxItems: 1))
    let producer = try queue.makeProducer()
    let worker = try start(stay, queue.makeConsumer())
    try producer.put(1)
    worker.kill()
    _ = expectThrows(WorkerError.self) { try worker.wait() }
    var code: QueueError.Code?
    eventually {
      do {
        if arguments[0] == "tryPut" {
          _ = try producer.tryPut(2)
        } else {
          try producer.put(2, timeout: .microseconds(10))
        }
      } catch { code = (error as? QueueError)?.code }
      return code == .noConsumers
    }
  },

  "an-item-that-kills-its-consumers-becomes-a-dead-letter": { _ in
    let queue = try IterableQueue<Int>(configuration: .init(maxDeliveries: 3))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(666)
    for _ in 0..<3 {
      let worker = try start(takeAndDie, queue.makeConsumer())
      _ = expectThrows(WorkerError.self) { try worker.wait() }
    }
    try producer.put(1)
    producer.close()
    queue.close()
    expectEqual(try consumer.get(), 1)
    expectEqual(try consumer.get(), nil)
    let letters = try queue.deadLetters()
    expectEqual(letters.map(\.attempts), [3])
    expectEqual(try queue.decode(letters[0]), 666)
  },

  "a-put-without-living-consumers": { _ in
    let queue = try IterableQueue<Int>(configuration: .init(maxItems: 1))
    let producer = try queue.makeProducer()
    let worker = try start(stay, queue.makeConsumer())
    try producer.put(1)
    worker.kill()
    expectEqual(expectThrows(QueueError.self) { try producer.put(2) }.code, .noConsumers)
    expectEqual(try queue.makeConsumer().get(), 1)
    _ = expectThrows(WorkerError.self) { try worker.wait() }
  },

  // The process that holds the queue open dies: that is a close.
  "a-killed-queue-holder-closes-the-queue": { _ in
    let results = try IterableQueue<String>()
    let middle = try start(holdQueue, results.makeProducer())
    let consumer = try results.makeConsumer()
    results.close()
    expectEqual(try consumer.get(), "item 1")
    middle.kill()
    expectEqual(try consumer.get(), "end")
    expectEqual(try consumer.get(), nil)
    _ = expectThrows(WorkerError.self) { try middle.wait() }
  },

  "wait-for-acknowledgements-of-workers": { _ in
    let queue = try IterableQueue<Int>()
    let workers = WorkerGroup()
    for _ in 0..<3 { try start(takeSlowly, queue.makeConsumer(), in: workers) }
    let producer = try queue.makeProducer()
    try producer.put(contentsOf: 0..<100)
    try queue.waitUntilAcknowledged()
    expectEqual(queue.statistics.inFlight, 0)
    expectEqual(queue.count, 0)
    producer.close()
    queue.close()
    try workers.wait()
  },
  "a-captured-endpoint-is-closed-with-its-worker": { _ in
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    queue.close()
    try Worker.fork { try producer.put(1) }.wait()
    expectEqual(try consumer.get(), 1)
    expectEqual(try consumer.get(), nil)
    expectEqual(consumer.endReason, .finished)
  },

  // Each item is put before the next is taken, so that none is acknowledged before its result is put.
  "a-sequence-that-takes-from-a-consumer-holds-nothing-back": { _ in
    let questions = try IterableQueue<Int>(), answers = try IterableQueue<Int>()
    let worker = try start(double, questions.makeConsumer(), answers.makeProducer())
    let asking = try questions.makeProducer(), answered = try answers.makeConsumer()
    for number in 0..<10 {
      try asking.put(number)
      expectEqual(try answered.get(), number * 2)
    }
    asking.close()
    questions.close()
    try worker.wait()
  },
]
