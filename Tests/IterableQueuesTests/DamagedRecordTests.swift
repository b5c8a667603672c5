import IterableQueues
import RingBuffer
import Testing

/// What lies behind a record whose header was overwritten is not acknowledged by asking for more.
@Suite(.timeLimit(.minutes(10)))
struct DamagedRecordTests {
  /// Overwrites the header of the batch's second record while the first is decoded.
  struct Vandal: Codable, Sendable {
    @TaskLocal static var ring: Ring?
    var number: Int
    init(_ number: Int) { self.number = number }
    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(number)
    }
    init(from decoder: any Decoder) throws {
      number = try decoder.singleValueContainer().decode(Int.self)
      Self.ring?.damageBuffer(0, atByte: 16, with: 77)
    }
  }

  private func expectKept<Item>(_ consumer: Consumer<Item>, _ queue: IterableQueue<Item>) throws {
    for _ in 1...3 {
      #expect(code { _ = try consumer.get(timeout: .milliseconds(1)) } == .corrupted)
      #expect(code { _ = try consumer.get(upTo: 9, timeout: .milliseconds(1)) } == .corrupted)
      consumer.acknowledge()
      #expect(queue.statistics.inFlight == 2)
      #expect(code { try queue.waitUntilAcknowledged() } == .corrupted)
    }
    consumer.close()
    #expect(queue.statistics.orphaned == 2)
    #expect(code { try queue.waitUntilAcknowledged() } == .corrupted)
    let other = try queue.makeConsumer()
    #expect(code { _ = try other.get(timeout: .milliseconds(1)) } == .corrupted)
    #expect(queue.statistics.orphaned + queue.statistics.inFlight == 2)
  }

  @Test func `in a batch, the items before it are returned, and the others stay`() throws {
    let queue = try IterableQueue<Vandal>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(contentsOf: (1...3).map(Vandal.init))
    let items = try Vandal.$ring.withValue(consumer.endpointCore.ring) {
      try consumer.get(upTo: 3)
    }
    #expect(items.map(\.number) == [1])
    #expect(queue.statistics.inFlight == 3)
    try expectKept(consumer, queue)
  }

  @Test func `in a batch of numbers that goes to another consumer, the others stay`() throws {
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(contentsOf: [1, 2, 3])
    #expect(try consumer.get(upTo: 3) == [1, 2, 3])
    consumer.endpointCore.ring.damageBuffer(0, atByte: 16, with: 77)
    consumer.reject()
    #expect(try consumer.get() == 1)
    try expectKept(consumer, queue)
  }

  @Test func `iterating over bytes ends with it, and the others stay`() throws {
    let queue = try IterableQueue<[UInt8]>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(contentsOf: [[1], [2], [3]])
    #expect(try consumer.get(upTo: 3) == [[1], [2], [3]])
    consumer.endpointCore.ring.damageBuffer(0, atByte: 16, with: 77)
    consumer.reject()
    #expect(consumer.next() == [1])
    #expect(consumer.next() == nil)
    #expect(consumer.failure?.code == .corrupted)
    try expectKept(consumer, queue)
  }
}
