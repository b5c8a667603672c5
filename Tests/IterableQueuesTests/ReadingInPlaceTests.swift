import Glibc
import IterableQueues
import Synchronization
import TestSupport
import Testing

/// `withNextBytes`, which lends an item's bytes to a closure of the user's.
@Suite(.timeLimit(.minutes(10)))
struct ReadingInPlaceTests {
  let queue: IterableQueue<[UInt8]>
  let producer: Producer<[UInt8]>
  let consumer: Consumer<[UInt8]>

  init() throws {
    let configuration = QueueConfiguration(maxItemBytes: 1 << 18, ringBytes: 1 << 20)
    queue = try IterableQueue(configuration: configuration)
    producer = try queue.makeProducer()
    consumer = try queue.makeConsumer()
  }

  private struct Refusal: Error {}

  /// How items of bytes that are no byte string travel.
  @Test(
    arguments: [[0x83, 1, 2, 3], [0x5f, 0x42, 1, 2, 0x41, 3, 0xff], [0x43, 1, 2, 3]] as [[UInt8]])
  func `however the bytes travel, the item is lent in the same way`(_ form: [UInt8]) throws {
    let name = freshName()
    let ends = try ByteTests.Ends(IterableQueue<[UInt8]>(named: name), name)
    try ends.bytesIn.put(contentsOf: [form, form])
    try ends.consumer.withNextBytes { bytes in
      #expect(bytes.count == 3 && bytes[2] == 3)
      ends.consumer.acknowledge()
      #expect(code { _ = try ends.consumer.get() } == .busy)
      #expect(ends.queue.statistics.inFlight == 1)
    }
    #expect(ends.queue.statistics.inFlight == 0 && ends.queue.count == 1)
  }

  private func read(_ consumer: Consumer<[UInt8]>) throws -> [UInt8]? {
    try consumer.withNextBytes { unsafe $0.withUnsafeBufferPointer { unsafe [UInt8]($0) } }
  }

  @Test func `bytes of any size are read where they lie, until the end`() throws {
    let items = [0, 1, 23, 24, 255, 256, 65_535, 65_536, 200_000, 8].map { length in
      (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    }
    let all = items + items
    let writer = TestThread { [producer, queue] in
      for item in all { try? producer.put(item) }
      producer.close()
      queue.close()
    }
    for item in all { #expect(try read(consumer) == item) }
    #expect(try read(consumer) == nil)
    #expect(consumer.endReason == .finished && queue.statistics.inFlight == 0)
    writer.join()
  }

  @Test func `the item is in hand while its bytes are read, and also if that throws`() throws {
    try producer.put([1])
    #expect(throws: Refusal.self) {
      try consumer.withNextBytes { _ in
        #expect(consumer.attempt == 1 && queue.statistics.inFlight == 1)
        throw Refusal()
      }
    }
    #expect(consumer.attempt == 1)
    consumer.reject()
    let attempts = try consumer.withNextBytes { _ in [consumer.attempt, consumer.attempt] }
    #expect(attempts == [2, 2])
    #expect(queue.statistics.inFlight == 1)
  }

  @Test func `what is said of the item while it is read is done afterwards`() throws {
    try producer.put(contentsOf: [[1], [2], [3], [4]])
    let said = try consumer.withNextBytes { bytes in
      consumer.acknowledge()
      #expect(queue.statistics.inFlight == 1)
      return bytes[0]
    }
    #expect(said == 1 && queue.statistics.inFlight == 0 && queue.statistics.orphaned == 0)
    try consumer.withNextBytes { _ in consumer.reject() }
    #expect(try read(consumer) == [2] && consumer.attempt == 2)
    try consumer.withNextBytes { _ in consumer.release() }
    #expect(try read(consumer) == [3] && consumer.attempt == 1)
    _ = try? consumer.withNextBytes { _ in
      consumer.reject()
      throw Refusal()
    }
    #expect(try read(consumer) == [4] && consumer.attempt == 2)
  }

  @Test func `of several things said of the item while it is read, the first is done`() throws {
    try producer.put([1])
    try consumer.withNextBytes { _ in
      consumer.release()
      consumer.reject()
      consumer.acknowledge()
    }
    #expect(try read(consumer) == [1] && consumer.attempt == 1)
    consumer.reject()
    try consumer.withNextBytes { _ in
      consumer.acknowledge()
      consumer.reject()
      consumer.close()
    }
    #expect(queue.statistics.orphaned == 0 && queue.statistics.inFlight == 0)
    #expect(queue.statistics.consumers == 0 && queue.isEmpty)
  }

  @Test func `a consumer that is closed while it reads closes afterwards`() throws {
    try producer.put(contentsOf: [[1], [2]])
    let other = try queue.makeConsumer()
    try consumer.withNextBytes { bytes in
      consumer.close()
      consumer.reject()
      #expect(bytes[0] == 1)
      #expect(queue.statistics.consumers == 2)
    }
    #expect(queue.statistics.consumers == 1 && queue.statistics.inFlight == 0)
    #expect(code { _ = try read(consumer) } == .endpointClosed)
    #expect(try read(other) == [2])
  }

  @Test func `to take another item meanwhile is an error, of an iteration too`() throws {
    try producer.put(contentsOf: [[1], [2]])
    try consumer.withNextBytes { _ in
      #expect(code { _ = try consumer.get() } == .busy)
      #expect(code { _ = try read(consumer) } == .busy)
      #expect(consumer.next() == nil)
      #expect(consumer.failure?.code == .busy)
    }
    // The iteration has ended with that failure; asking for one item has not.
    #expect(consumer.next() == nil)
    #expect(try read(consumer) == [2])
  }

  @Test func `another thread waits until the bytes were read, but does not wait to poll`() throws {
    try producer.put(contentsOf: [[1, 1], [2, 2]])
    let taker = try consumer.withNextBytes { bytes in
      let polled: Poll<[UInt8]>? = TestThread { [consumer] in try? consumer.poll() }.join()
      #expect(polled == .empty)
      let begins = Mutex(false)
      let taker = TestThread { [consumer] in
        begins.withLock { $0 = true }
        return consumer.next()
      }
      waitUntil { begins.withLock { $0 } }
      usleep(20_000)
      #expect(bytes[0] == 1 && bytes[1] == 1)
      #expect(queue.count == 1)
      return taker
    }
    #expect(taker?.join() == [2, 2])
  }

  @Test func `other forms of CBOR are read as well, and a stranger is a dead letter`() throws {
    let name = freshName()
    let ends = try ByteTests.Ends(IterableQueue<[UInt8]>(named: name), name)
    let forms: [[UInt8]] = [
      [0x5f, 0x42, 1, 2, 0x41, 3, 0xff], [0x43, 1, 2, 3], [0x83, 1, 2, 3], [0xf6], [0x43, 1, 2, 3],
    ]
    try ends.bytesIn.put(contentsOf: forms)
    for form in forms {
      if form == [0xf6] {
        #expect(code { _ = try read(ends.consumer) } == .undecodable)
      } else {
        #expect(try read(ends.consumer) == [1, 2, 3])
      }
    }
    #expect(try ends.queue.deadLetters().map(\.bytes) == [[0xf6]])
    // A queue of items of any kind, as the bytes that they are.
    try ends.producer.put([1, 2, 3])
    #expect(try read(ends.bytesOut) == [0x43, 1, 2, 3])
  }
}
