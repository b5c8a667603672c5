import CIterableQueue
import Glibc
import IterableQueues

struct Page: Codable, Sendable { var url: String; var depth: Int }
struct Score: Codable, Sendable { var url: String; var value: Double }

private let crawl = Work("crawl") { (_, feed: Producer<Page>) in
  for number in 0..<1000 { try feed.put(Page(url: "page \(number)", depth: number % 7)) }
}
private let rank = Work("rank") { (_, pages: Consumer<Page>, scores: Producer<Score>) in
  for page in pages { try scores.put(Score(url: page.url, value: Double(page.depth) / 2)) }
}
private let putOneNumberOften = Work("put-one-number-often") { (given, numbers: Producer<Int>) in
  for _ in 0..<given.numbers[0] { try numbers.put(given.numbers[0]) }
}
private let handOn = Work("hand-on") { (_, consumer: Consumer<Int>, producer: Producer<Int>) in
  for item in consumer { try producer.put(item) }
}
private let handBytesOn = Work("hand-bytes-on") {
  (_, consumer: Consumer<[UInt8]>, producer: Producer<[UInt8]>) in
  for item in consumer { try producer.put(item) }
}
private let flood = Work("flood") { (_, feed: Producer<[UInt8]>) in
  for number in 0..<5000 {
    try feed.put([UInt8](repeating: UInt8(number & 255), count: number % 1000))
  }
}
private let answer = Work("answer") { (_, questions: Consumer<Int>, answers: Producer<Int>) in
  for question in questions { try answers.put(question + 1) }
}
private let putWhenReleased = Work("put-when-released") {
  (_, producer: Producer<Int>, hold: Consumer<Int>) in
  _ = try hold.get()
  try producer.put(1)
}
private let nothing = Work("nothing") { (_, _: Producer<Int>) in }

// ID ITEMS BATCH
private let putInOrder = Work("put-in-order") { (given, producer: Producer<Int>) in
  let (id, each, batch) = (given.numbers[0], given.numbers[1], given.numbers[2])
  for start in stride(from: 0, to: each, by: batch) {
    let items = (start..<min(start + batch, each)).map { id << 32 | $0 }
    if batch == 1 { try producer.put(items[0]) } else { try producer.put(contentsOf: items) }
  }
}
// PRODUCERS BATCH
private let checkOrder = Work("check-order") {
  (given, consumer: Consumer<Int>, results: Producer<[Int]>) in
  var last = [Int](repeating: -1, count: given.numbers[0])
  let batch = given.numbers[1]
  var found: [Int] = []
  func see(_ items: [Int]) throws {
    for item in items {
      expect(item & 0xFFFF_FFFF > last[item >> 32], "each producer's items come in order")
      last[item >> 32] = item & 0xFFFF_FFFF
    }
    found += items
    if found.count > 10_000 {
      try results.put(found)
      found = []
    }
  }
  if batch == 1 {
    for item in consumer { try see([item]) }
  } else {
    for items in consumer.batches(upTo: batch) { try see(items) }
  }
  try results.put(found)
}

let queueWorks: [any AnyWork] = [
  crawl, rank, putOneNumberOften, handOn, handBytesOn, flood, answer, putWhenReleased, nothing,
  putInOrder, checkOrder,
]

/// The queue between processes.
let queueScenarios: [String: Scenario] = [
  "design-example": { _ in
    let pages = try IterableQueue<Page>(), scores = try IterableQueue<Score>()
    let workers = WorkerGroup()
    try start(crawl, pages.makeProducer(), in: workers)
    for _ in 0..<13 { try start(rank, pages.makeConsumer(), scores.makeProducer(), in: workers) }
    let results = try scores.makeConsumer()
    pages.close()
    scores.close()
    var seen: Set<String> = []
    for score in results { expect(seen.insert(score.url).inserted, "\(score.url) comes once") }
    try workers.wait()
    expectEqual(seen.count, 1000)
    expectEqual(results.endReason, .finished)
  },

  // Producer n puts n items; workers hand them on; the parent adds up.
  "hand-off": { _ in
    let first = try IterableQueue<Int>(), second = try IterableQueue<Int>()
    let workers = WorkerGroup()
    for number in 1...10 {
      try start(
        putOneNumberOften, first.makeProducer(), given: Given(numbers: [number]), in: workers)
    }
    for _ in 0..<7 { try start(handOn, first.makeConsumer(), second.makeProducer(), in: workers) }
    let results = try second.makeConsumer()
    first.close()
    second.close()
    var counts: [Int: Int] = [:]
    for item in results { counts[item, default: 0] += 1 }
    try workers.wait()
    expectEqual(counts, Dictionary(uniqueKeysWithValues: (1...10).map { ($0, $0) }))
  },

  // PRODUCERS CONSUMERS ITEMS-EACH BATCH: every item once, each producer's in order.
  "many-to-many": { arguments in
    let producers = Int(arguments[0])!, consumers = Int(arguments[1])!
    let each = Int(arguments[2])!, batch = Int(arguments[3])!
    let queue = try IterableQueue<Int>()
    let results = try IterableQueue<[Int]>(configuration: .init(maxItemBytes: 1 << 20))
    let workers = WorkerGroup()
    for id in 0..<producers {
      try start(
        putInOrder, queue.makeProducer(), given: Given(numbers: [id, each, batch]), in: workers)
    }
    for _ in 0..<consumers {
      try start(
        checkOrder, queue.makeConsumer(), results.makeProducer(),
        given: Given(numbers: [producers, batch]), in: workers)
    }
    let all = try results.makeConsumer()
    queue.close()
    results.close()
    var found: [Int] = []
    for some in all { found += some }
    try workers.wait()
    found.sort()
    expectEqual(found.count, producers * each)
    for (index, item) in found.enumerated() {
      expectEqual(item, (index / each) << 32 | index % each)
    }
  },

  // More work than both rings hold flows through a feeder, workers and the parent.
  "flood": { _ in
    let small = QueueConfiguration(maxItemBytes: 1024, ringBytes: 4096)
    let work = try IterableQueue<[UInt8]>(configuration: small)
    let done = try IterableQueue<[UInt8]>(configuration: small)
    let workers = WorkerGroup()
    try start(flood, work.makeProducer(), in: workers)
    for _ in 0..<4 { try start(handBytesOn, work.makeConsumer(), done.makeProducer(), in: workers) }
    let results = try done.makeConsumer()
    work.close()
    done.close()
    var bytes = 0
    for item in results { bytes += item.count }
    try workers.wait()
    expectEqual(bytes, (0..<5000).reduce(0) { $0 + $1 % 1000 })
  },

  "ping-pong": { _ in
    let there = try IterableQueue<Int>(), back = try IterableQueue<Int>()
    let worker = try start(answer, there.makeConsumer(), back.makeProducer())
    let questions = try there.makeProducer(), answers = try back.makeConsumer()
    there.close()
    back.close()
    for number in 0..<2000 {
      try questions.put(number)
      expectEqual(try answers.get(), number + 1)
    }
    questions.close()
    expectEqual(try answers.get(), nil)
    try worker.wait()
  },

  "handed-over": { _ in
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer()
    let hold = try IterableQueue<Int>()
    let release = try hold.makeProducer()
    let worker = try start(putWhenReleased, producer, hold.makeConsumer())
    let error = expectThrows(QueueError.self) { try producer.put(2) }
    expectEqual(error.code, .handedOver)
    expect(
      "\(error)".contains("\(worker.processIdentifier)"), "the error names the worker: \(error)")
    expectEqual(
      expectThrows(QueueError.self) { try start(nothing, producer) }.code, .handedOver)
    producer.close()
    expectEqual(queue.statistics.producers, 1)
    try release.put(1)
    try worker.wait()
    expectEqual(queue.statistics.producers, 0)
    expectEqual(try queue.makeConsumer().get(), 1)
  },

  // A fork of the user's own takes the endpoint by using it.
  "thief": { _ in
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    let child = ciq_fork()
    if child == 0 {
      do { try producer.put(7) } catch { fail("\(error)") }
      while true { pause() }
    }
    expectEqual(try consumer.get(), 7)
    let error = expectThrows(QueueError.self) { try producer.put(8) }
    expectEqual(error.code, .handedOver)
    expect("\(error)".contains("\(child)"), "the error names the thief: \(error)")
    queue.close()
    kill(child, SIGKILL)
    // Nobody has waited for the child: a zombie is dead.
    expectEqual(try consumer.get(), nil)
    expectEqual(consumer.endReason, .producersLost(1))
    var status: CInt = 0
    unsafe waitpid(child, &status, 0)
  },

  "a-child-that-uses-nothing-takes-nothing": { _ in
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    let child = ciq_fork()
    if child == 0 {
      producer.close()
      consumer.close()
      ciq_leave(0)
    }
    var status: CInt = 0
    unsafe waitpid(child, &status, 0)
    expectEqual(status, 0)
    try producer.put(1)
    expectEqual(try consumer.get(), 1)
    expectEqual(queue.statistics.lostProducers, 0)
  },
]
