import IterableQueues
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct TimeoutAndSizeTests {
  @Test func `a get with a timeout throws timedOut when nothing comes`() throws {
    let queue = try IterableQueue<Int>()
    let consumer = try queue.makeConsumer()
    let start = ContinuousClock.now
    #expect(code { _ = try consumer.get(timeout: .milliseconds(30)) } == .timedOut)
    #expect(ContinuousClock.now - start >= .milliseconds(30))
    #expect(code { _ = try consumer.get(timeout: .zero) } == .timedOut)
    #expect(code { _ = try consumer.get(timeout: .seconds(-1)) } == .timedOut)
  }

  @Test func `a get with a timeout returns what is there, and nil at the end`() throws {
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(1)
    #expect(try consumer.get(timeout: .zero) == 1)
    producer.close()
    queue.close()
    #expect(try consumer.get(timeout: .seconds(10)) == nil)
  }

  @Test func `a get with a timeout returns an item that comes in time`() throws {
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    let waiting = TestThread { try? consumer.get(timeout: .seconds(30)) }
    waitUntil { consumer.endpointCore.testingSleepers == 1 }
    try producer.put(5)
    #expect(waiting.join() == 5)
  }

  @Test func `a put with a timeout throws timedOut when the queue stays full`() throws {
    let queue = try IterableQueue<Int>(configuration: .init(maxItems: 2))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(1)
    try producer.put(2)
    let start = ContinuousClock.now
    #expect(code { try producer.put(3, timeout: .milliseconds(30)) } == .timedOut)
    #expect(ContinuousClock.now - start >= .milliseconds(30))
    #expect(try !producer.tryPut(3))
    #expect(try consumer.get() == 1)
    #expect(try producer.tryPut(3))
    #expect(try consumer.get(upTo: 9) == [2, 3])
  }

  @Test func `a put waits until there is room`() throws {
    let queue = try IterableQueue<Int>(configuration: .init(maxItems: 1))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(1)
    let waiting = TestThread { code { try producer.put(2) } }
    waitUntil { producer.endpointCore.testingSleepers == 1 }
    #expect(try consumer.get() == 1)
    #expect(waiting.join() == nil)
    #expect(try consumer.get() == 2)
  }

  @Test func `sizes follow what is put and taken`() throws {
    let queue = try IterableQueue<Int>(configuration: .init(maxItems: 3))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    #expect(queue.isEmpty && !queue.isFull && queue.count == 0)
    try producer.put(1)
    #expect(!queue.isEmpty && !queue.isFull && queue.count == 1)
    try producer.put(contentsOf: [2, 3])
    #expect(queue.isFull && queue.count == 3)
    _ = try consumer.get()
    #expect(!queue.isFull && queue.count == 2)
    let statistics = queue.statistics
    #expect(statistics.inFlight == 1 && statistics.itemsPut == 3 && statistics.itemsTaken == 1)
    #expect(statistics.producers == 1 && statistics.consumers == 1 && statistics.handles == 1)
  }

  @Test func `a queue of one item passes many from thread to thread`() throws {
    let queue = try IterableQueue<Int>(configuration: .init(maxItems: 1))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    queue.close()
    let putting = TestThread {
      defer { producer.close() }
      return code { for number in 0..<3000 { try producer.put(number) } }
    }
    #expect(Array(consumer) == Array(0..<3000))
    #expect(putting.join() == nil)
  }

  @Test func `a queue is full when its bytes are`() throws {
    let queue = try IterableQueue<Int>(
      configuration: .init(maxItemBytes: 8, ringBytes: 4096))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    var count = 0
    while try producer.tryPut(count) { count += 1 }
    #expect(count == 4096 / 16)
    #expect(queue.isFull)
    #expect(try consumer.get(upTo: 1000) == Array(0..<count))
    #expect(!queue.isFull)
  }

  @Test func `close in one thread ends a get that waits in another`() throws {
    let queue = try IterableQueue<Int>()
    let consumer = try queue.makeConsumer()
    let waiting = TestThread { code { _ = try consumer.get() } }
    let looping = TestThread { consumer.next() }
    waitUntil { consumer.endpointCore.testingSleepers == 2 }
    consumer.close()
    #expect(waiting.join() == .endpointClosed)
    #expect(looping.join() == nil)
    #expect(consumer.failure?.code == .endpointClosed)
  }

  @Test func `close in one thread ends a put that waits in another`() throws {
    let queue = try IterableQueue<Int>(configuration: .init(maxItems: 1))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(1)
    let waiting = TestThread { code { try producer.put(2) } }
    let batch = TestThread { code { try producer.put(contentsOf: [2, 3]) } }
    waitUntil { producer.endpointCore.testingSleepers == 2 }
    producer.close()
    #expect(waiting.join() == .endpointClosed)
    #expect(batch.join() == .endpointClosed)
    queue.close()
    #expect(Array(consumer) == [1])
  }

  @Test func `cancel ends every put and every iteration, and drops what is left`() throws {
    let queue = try IterableQueue<Int>(configuration: .init(maxItems: 2))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    let other = try IterableQueue<Int>()
    let idle = try other.makeConsumer()
    try producer.put(contentsOf: [1, 2])
    let waiting = TestThread { code { try producer.put(3) } }
    let idling = TestThread { code { _ = try idle.get() } }
    waitUntil {
      producer.endpointCore.testingSleepers == 1 && idle.endpointCore.testingSleepers == 1
    }
    queue.cancel()
    other.cancel()
    #expect(waiting.join() == .cancelled)
    #expect(idling.join() == .cancelled)
    #expect(consumer.next() == nil)
    #expect(consumer.failure?.code == .cancelled)
    #expect(queue.isEmpty)
    #expect(code { _ = try queue.makeProducer() } == .cancelled)
    #expect(code { try queue.waitUntilAcknowledged() } == .cancelled)
  }
}
