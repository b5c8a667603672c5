import Foundation
import IterableQueues
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ItemTypeTests {
  /// Sends the items through a queue and returns what comes out, and how many bytes they took.
  func sent<Item: Codable & Sendable>(_ items: [Item]) throws -> ([Item], bytes: Int) {
    let queue = try IterableQueue<Item>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(contentsOf: items)
    for item in items { try producer.put(item) }
    let bytes = queue.statistics.bytes
    producer.close()
    queue.close()
    let all = Array(consumer)
    #expect(all.count == 2 * items.count)
    return (Array(all.suffix(items.count)), bytes / 2)
  }

  @Test func `numbers travel as their bytes`() throws {
    func check<Item: Codable & Sendable & Equatable>(_ items: [Item]) throws {
      let (found, bytes) = try sent(items)
      #expect(found == items)
      #expect(bytes == items.count * (8 + (MemoryLayout<Item>.size + 7) & ~7))
    }
    try check([Int.min, -1, 0, 1, .max])
    try check([Int8.min, .max])
    try check([Int16.min, .max])
    try check([Int32.min, .max])
    try check([Int64.min, .max])
    try check([UInt.max, 0])
    try check([UInt8.max, 0])
    try check([UInt16.max, 0])
    try check([UInt32.max, 0])
    try check([UInt64.max, 0])
    try check([Int128.min, .max])
    try check([1.5 as Float, -.infinity])
    try check([Double.pi, .greatestFiniteMagnitude])
  }

  enum Shape: Codable, Sendable, Equatable {
    case point
    case circle(radius: Double)
    indirect case group([Shape], name: String?)
  }

  @Test func `any other Codable type travels as CBOR`() throws {
    #expect(try sent([true, false]).0 == [true, false])
    #expect(try sent(["", "a", "é🙂"]).0 == ["", "a", "é🙂"])
    let shapes: [Shape] = [
      .point, .circle(radius: 2), .group([.point, .group([], name: nil)], name: "g"),
    ]
    #expect(try sent(shapes).0 == shapes)
    let dates = [Date(timeIntervalSince1970: 1.5)]
    #expect(try sent(dates).0 == dates)
    let ids = [UUID()]
    #expect(try sent(ids).0 == ids)
    let optionals: [Int?] = [1, nil]
    #expect(try sent(optionals).0 == optionals)
  }

  struct Point: BitwiseCopyable, Sendable, Equatable {
    var x: Double
    var y: Float
    var id: Int32
  }

  @Test func `a type of plain fields travels as its bytes by choice`() throws {
    let queue = try IterableQueue<Point>(codec: .raw())
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    let points = (0..<100).map { Point(x: Double($0), y: Float($0) / 2, id: Int32($0)) }
    try producer.put(contentsOf: points)
    #expect(queue.statistics.bytes == 100 * 24)
    #expect(try consumer.get() == points[0])
    #expect(try consumer.get(upTo: 200) == Array(points[1...]))
  }

  @Test func `an item travels as JSON by choice`() throws {
    let queue = try IterableQueue<[String: Int]>(
      configuration: .init(maxDeliveries: 1), codec: .json())
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(["a": 1])
    #expect(try consumer.get() == ["a": 1])
    consumer.reject()
    #expect(try consumer.poll() == .empty)
    #expect(
      try queue.deadLetters().map { String(decoding: $0.bytes, as: UTF8.self) } == [#"{"a":1}"#])
  }

  /// Uses the consumer that it is decoded for.
  struct Nosy: Codable, Sendable {
    @TaskLocal static var consumer: Consumer<Nosy>?
    init() {}
    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(1)
    }
    init(from decoder: any Decoder) throws {
      _ = try decoder.singleValueContainer().decode(Int.self)
      if let consumer = Self.consumer { _ = try consumer.get() }
    }
  }

  /// Says of the item that is being decoded what only its reader may say, and asks about it.
  struct Hasty: Codable, Sendable {
    @TaskLocal static var consumer: Consumer<Hasty>?
    struct Complaint: Error, CustomStringConvertible {
      var description: String { "attempt \(Hasty.consumer?.attempt ?? -1)" }
    }
    var number: Int
    init(_ number: Int) { self.number = number }
    init(from decoder: any Decoder) throws {
      number = try decoder.singleValueContainer().decode(Int.self)
      Self.consumer?.acknowledge()
      Self.consumer?.reject()
      if number < 0 { throw Complaint() }
    }
    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(number)
    }
  }

  @Test func `a decoder says nothing of its item, which nobody has yet`() throws {
    let queue = try IterableQueue<Hasty>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    for number in [1, 2, 3, -4] { try producer.put(Hasty(number)) }
    try Hasty.$consumer.withValue(consumer) {
      let batch = try consumer.get(upTo: 3)
      #expect(batch.map { $0.number } == [1, 2, 3])
      #expect(queue.statistics.inFlight == 3 && queue.statistics.orphaned == 0)
      #expect(code { _ = try consumer.get() } == .undecodable)
    }
    let letters = try queue.deadLetters()
    #expect(letters.map { $0.reason } == [.undecodable("attempt 0")])
  }

  @Test func `a decoder that uses its own consumer gets an error instead of a deadlock`() throws {
    let queue = try IterableQueue<Nosy>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(contentsOf: [Nosy(), Nosy()])
    Nosy.$consumer.withValue(consumer) {
      #expect(code { _ = try consumer.get() } == .undecodable)
    }
    #expect(try queue.deadLetters().count == 1)
    #expect(try consumer.get() != nil)
  }
}
