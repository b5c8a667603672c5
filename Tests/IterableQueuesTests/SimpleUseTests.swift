import IterableQueues
import Testing

/// The behaviour of the Python original's public surface, in one process.
@Suite(.timeLimit(.minutes(10)))
struct SimpleUseTests {
  @Test func `two producers and one consumer in one process keep the order of the puts`() throws {
    let queue = try IterableQueue<Int>()
    let first = try queue.makeProducer(), second = try queue.makeProducer()
    let consumer = try queue.makeConsumer()
    queue.close()
    for number in 0..<10 {
      try first.put(number)
      try second.put(100 + number)
    }
    first.close()
    second.close()
    #expect(Array(consumer) == (0..<10).flatMap { [$0, 100 + $0] })
    #expect(consumer.failure == nil)
    #expect(consumer.endReason == .finished)
  }

  @Test func `a queue closed before its producers are done ends when they are`() throws {
    let queue = try IterableQueue<String>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    queue.close()
    try producer.put("one")
    #expect(try consumer.get() == "one")
    #expect(try consumer.poll() == .empty)
    try producer.put("two")
    producer.close()
    #expect(try consumer.get() == "two")
    #expect(try consumer.get() == nil)
  }

  @Test func `a queue closed after its producers are done ends when it is closed`() throws {
    let queue = try IterableQueue<String>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put("one")
    producer.close()
    #expect(try consumer.get() == "one")
    #expect(try consumer.poll() == .empty)
    queue.close()
    #expect(try consumer.poll() == .done)
    #expect(try consumer.get() == nil)
    #expect(try consumer.get(upTo: 3) == [])
  }

  @Test func `the end comes again and again to whoever asks again`() throws {
    let queue = try IterableQueue<Int>()
    let consumer = try queue.makeConsumer(), other = try queue.makeConsumer()
    queue.close()
    #expect(try consumer.get() == nil)
    #expect(try consumer.get() == nil)
    #expect(consumer.next() == nil)
    #expect(try other.poll() == .done)
  }

  @Test func `a consumer made after the end of the stream finds it ended`() throws {
    let queue = try IterableQueue<Int>()
    queue.close()
    #expect(try queue.makeConsumer().get() == nil)
  }

  @Test func `a closed producer refuses to put`() throws {
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer()
    producer.close()
    #expect(code { try producer.put(1) } == .endpointClosed)
    #expect(code { _ = try producer.tryPut(1) } == .endpointClosed)
    #expect(code { try producer.put(1, timeout: .seconds(1)) } == .endpointClosed)
    #expect(code { try producer.put(contentsOf: [1]) } == .endpointClosed)
    #expect(queue.isEmpty)
  }

  @Test func `a closed consumer refuses to get`() throws {
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(1)
    consumer.close()
    #expect(code { _ = try consumer.get() } == .endpointClosed)
    #expect(code { _ = try consumer.poll() } == .endpointClosed)
    #expect(code { _ = try consumer.get(timeout: .seconds(1)) } == .endpointClosed)
    #expect(code { _ = try consumer.get(upTo: 2) } == .endpointClosed)
    #expect(consumer.next() == nil)
    #expect(consumer.failure?.code == .endpointClosed)
    #expect(queue.count == 1)
  }

  @Test func `closing twice does nothing`() throws {
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    let other = try queue.makeProducer()
    producer.close()
    producer.close()
    #expect(queue.statistics.producers == 1)
    consumer.close()
    consumer.close()
    queue.close()
    queue.close()
    #expect(queue.statistics.consumers == 0)
    other.close()
  }

  @Test func `a closed queue lets no producer in, but consumers`() throws {
    let queue = try IterableQueue<Int>()
    queue.close()
    #expect(code { _ = try queue.makeProducer() } == .queueClosed)
    #expect(throws: Never.self) { try queue.makeConsumer() }
  }

  @Test func `a queue handle that goes away without close ends the stream`() throws {
    var queue: IterableQueue<Int>? = try IterableQueue()
    let producer = try queue!.makeProducer(), consumer = try queue!.makeConsumer()
    try producer.put(7)
    queue = nil
    #expect(try consumer.get() == 7)
    #expect(try consumer.poll() == .empty)
    producer.close()
    #expect(try consumer.get() == nil)
  }

  @Test func `a producer that goes away without close is closed`() throws {
    let queue = try IterableQueue<Int>()
    let consumer = try queue.makeConsumer()
    do {
      let producer = try queue.makeProducer()
      try producer.put(1)
    }
    queue.close()
    #expect(Array(consumer) == [1])
    #expect(consumer.endReason == .finished)
  }

  @Test func `nested and optional items come out as they went in`() throws {
    let queue = try IterableQueue<[String: [Int]?]>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(["a": [1, 2], "b": nil])
    #expect(try consumer.get() == ["a": [1, 2], "b": nil])
  }
}
