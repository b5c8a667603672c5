import IterableQueues
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct AcknowledgementTests {
  struct Job: Codable, Sendable, Equatable { var name: String }

  @Test func `a rejected item is offered again with the next attempt`() throws {
    let queue = try IterableQueue<Job>()
    let producer = try queue.makeProducer()
    let first = try queue.makeConsumer(), second = try queue.makeConsumer()
    try producer.put(Job(name: "a"))
    #expect(try first.get() == Job(name: "a"))
    #expect(first.attempt == 1)
    first.reject()
    #expect(first.attempt == 0)
    #expect(try second.get() == Job(name: "a"))
    #expect(second.attempt == 2)
    second.reject()
    #expect(try second.get() == Job(name: "a"))
    #expect(second.attempt == 3)
    #expect(queue.statistics.redelivered == 2)
  }

  @Test(arguments: [QueueConfiguration.Delivery.atLeastOnce, .atMostOnce])
  func `a released item is offered again, and is no dead letter however often`(
    _ delivery: QueueConfiguration.Delivery
  ) throws {
    let queue = try IterableQueue<Job>(
      configuration: .init(maxDeliveries: 1, delivery: delivery))
    let producer = try queue.makeProducer()
    let first = try queue.makeConsumer(), second = try queue.makeConsumer()
    first.release()
    try producer.put(contentsOf: [Job(name: "a"), Job(name: "b")])
    for _ in 0..<5 {
      for consumer in [first, second] {
        #expect(try consumer.get() == Job(name: "a"))
        #expect(consumer.attempt == 1)
        consumer.release()
        #expect(consumer.attempt == 0)
      }
    }
    #expect(try first.get(upTo: 9) == [Job(name: "a")])
    #expect(try first.get(upTo: 9) == [Job(name: "b")])
    first.acknowledge()
    #expect(try first.poll() == .empty)
    #expect(queue.statistics.deadLetters == 0)
  }

  @Test func `a loop that is left leaves its item in hand`() throws {
    let queue = try IterableQueue<Int>()
    try queue.makeProducer().put(contentsOf: [1, 2, 3])
    queue.close()
    let consumer = try queue.makeConsumer()
    for item in consumer where item == 1 { break }
    #expect(consumer.attempt == 1 && queue.statistics.inFlight == 1)
    consumer.release()
    for item in consumer {
      #expect(item == 1 && consumer.attempt == 1)
      break
    }
    // The next loop goes on behind it.
    #expect(Array(consumer) == [2, 3])
  }

  @Test func `an item that was rejected too often becomes a dead letter`() throws {
    let queue = try IterableQueue<Job>(configuration: .init(maxDeliveries: 2))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(Job(name: "poison"))
    try producer.put(Job(name: "good"))
    for _ in 0..<2 {
      #expect(try consumer.get() == Job(name: "poison"))
      consumer.reject()
    }
    #expect(try consumer.get() == Job(name: "good"))
    let letters = try queue.deadLetters()
    #expect(letters.count == 1 && queue.statistics.deadLetters == 1)
    let letter = try #require(letters.first)
    #expect(letter.attempts == 2 && letter.reason == .deliveriesExhausted)
    #expect(try queue.decode(letter) == Job(name: "poison"))

    try queue.requeueDeadLetters()
    #expect(try queue.deadLetters().isEmpty)
    #expect(try consumer.get() == Job(name: "poison"))
    #expect(consumer.attempt == 1)
    consumer.reject()
    _ = try consumer.get()
    consumer.reject()
    #expect(try consumer.poll() == .empty)
    #expect(queue.statistics.deadLetters == 1)
    try queue.discardDeadLetters()
    #expect(queue.statistics.deadLetters == 0)
  }

  @Test func `an item in the hands of a consumer that goes away without close is delivered again`()
    throws
  {
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer()
    var careless: Consumer<Int>? = try queue.makeConsumer()
    let next = try queue.makeConsumer()
    try producer.put(contentsOf: [1, 2])
    #expect(try careless!.get() == 1)
    careless = nil
    #expect(try next.get() == 1)
    #expect(next.attempt == 2)
    #expect(try next.get() == 2)
    #expect(next.attempt == 1)
  }

  @Test func `close acknowledges, so that the item is not delivered again`() throws {
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer()
    let careful = try queue.makeConsumer(), next = try queue.makeConsumer()
    try producer.put(contentsOf: [1, 2])
    #expect(try careful.get() == 1)
    careful.close()
    #expect(try next.get() == 2)
  }

  @Test func `what is left of a batch comes one by one to another consumer`() throws {
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer()
    var careless: Consumer<Int>? = try queue.makeConsumer()
    let next = try queue.makeConsumer()
    try producer.put(contentsOf: 0..<5)
    #expect(try careless!.get(upTo: 4) == [0, 1, 2, 3])
    careless = nil
    #expect(try next.get(upTo: 4) == [0])
    #expect(next.attempt == 2)
    next.acknowledge()
    #expect(next.attempt == 0)
    #expect(try next.get() == 1)
    #expect(next.attempt == 2)
    #expect(try next.get() == 2)
    next.reject()
    #expect(try next.get() == 2)
    #expect(try next.get() == 3)
    #expect(try next.get() == 4)
    #expect(try next.poll() == .empty)
  }

  @Test func `an item in another consumer's hands does not delay the end`() throws {
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer()
    var holder: Consumer<Int>? = try queue.makeConsumer()
    let other = try queue.makeConsumer()
    try producer.put(1)
    producer.close()
    queue.close()
    #expect(try holder!.get() == 1)
    #expect(try other.get() == nil)
    holder = nil
    #expect(try queue.makeConsumer().get() == 1)
  }

  @Test func `waitUntilAcknowledged returns when the last item is acknowledged`() throws {
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer()
    try queue.waitUntilAcknowledged()
    try producer.put(1)
    #expect(code { try queue.waitUntilAcknowledged(timeout: .milliseconds(20)) } == .timedOut)
    let consumer = try queue.makeConsumer()
    let waiting = TestThread { code { try queue.waitUntilAcknowledged() } }
    _ = try consumer.get()
    consumer.acknowledge()
    // The waiter may have looked while this process held the item.
    #expect([nil, .busy].contains(waiting.join()))
    try queue.waitUntilAcknowledged()
  }

  @Test func `waitUntilAcknowledged in a process that holds an item says so`() throws {
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(1)
    _ = try consumer.get()
    #expect(code { try queue.waitUntilAcknowledged() } == .busy)
  }

  @Test func `waitUntilAcknowledged does not wait for consumers that cannot come`() throws {
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer()
    try producer.put(1)
    queue.close()
    #expect(code { try queue.waitUntilAcknowledged() } == .noConsumers)
  }

  @Test func `at most once, an item is never delivered twice`() throws {
    let queue = try IterableQueue<Int>(configuration: .init(delivery: .atMostOnce))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(contentsOf: [1, 2])
    #expect(try consumer.get() == 1)
    consumer.reject()
    #expect(try consumer.get() == 2)
    #expect(try consumer.poll() == .empty)
  }
}
