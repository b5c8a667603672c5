import IterableQueues
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ErrorTests {
  @Test func `an item that is too large is rejected with its size, the limit and the way out`()
    throws
  {
    let queue = try IterableQueue<String>(configuration: .init(maxItemBytes: 100))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    let large = String(repeating: "x", count: 200)
    do {
      try producer.put(large)
      Issue.record("it was accepted")
    } catch let error as QueueError {
      #expect(error.code == .itemTooLarge)
      let text = "\(error)"
      #expect(text.contains("202 bytes") && text.contains("100 bytes"))
      #expect(text.contains("maxItemBytes"))
      #expect(!text.contains("xxx"))
    }
    try producer.put("fits")
    #expect(try consumer.get() == "fits")
  }

  @Test func `an error in a batch says how many items were accepted`() throws {
    let queue = try IterableQueue<String>(configuration: .init(maxItemBytes: 20))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    do {
      try producer.put(contentsOf: ["a", "b", String(repeating: "x", count: 50), "c"])
      Issue.record("it was accepted")
    } catch let error as QueueError {
      #expect(error.code == .itemTooLarge && error.acceptedItems == 2)
      #expect("\(error)".contains("2 items had been accepted"))
    }
    #expect(try consumer.get(upTo: 10) == ["a", "b"])
  }

  @Test func `a batch that is larger than the ring passes through it`() throws {
    let queue = try IterableQueue<[UInt8]>(
      configuration: .init(maxItemBytes: 3000, ringBytes: 8192))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    let items = (0..<500).map { [UInt8](repeating: UInt8($0 & 255), count: $0 * 7 % 2990) }
    queue.close()
    let putting = TestThread {
      defer { producer.close() }
      return code { try producer.put(contentsOf: items) }
    }
    var got: [[UInt8]] = []
    for batch in consumer.batches(upTo: 7) { got += batch }
    #expect(got == items)
    #expect(putting.join() == nil)
  }

  struct Unwilling: Codable, Sendable {
    struct Refusal: Error {}
    func encode(to encoder: any Encoder) throws { throw Refusal() }
    init() {}
    init(from decoder: any Decoder) throws {}
  }

  @Test func `an item that cannot be encoded is given back with the encoder's error`() throws {
    let queue = try IterableQueue<Unwilling>()
    let producer = try queue.makeProducer()
    do {
      try producer.put(Unwilling())
      Issue.record("it was accepted")
    } catch let error as QueueError {
      #expect(error.code == .unencodable && error.underlyingError is Unwilling.Refusal)
    }
    #expect(queue.isEmpty)
  }

  /// Decodes even numbers only.
  struct Even: Codable, Sendable, Equatable {
    var value: Int
    init(_ value: Int) { self.value = value }
    init(from decoder: any Decoder) throws {
      value = try decoder.singleValueContainer().decode(Int.self)
      if value % 2 == 1 {
        throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "odd"))
      }
    }
    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(value)
    }
  }

  @Test func `an item that cannot be decoded becomes a dead letter, and get throws once`() throws {
    let queue = try IterableQueue<Even>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(contentsOf: [Even(1), Even(2)])
    #expect(code { _ = try consumer.get() } == .undecodable)
    #expect(try consumer.get() == Even(2))
    let letter = try #require(try queue.deadLetters().first)
    guard case .undecodable(let text) = letter.reason else { throw QueueError(.busy, reason: "") }
    #expect(text.contains("odd"))
    #expect(letter.bytes == [1])
  }

  @Test func `an error quotes nothing of the item that could not be encoded or decoded`() throws {
    let letters = try IterableQueue<Secretive>()
    try letters.makeProducer().put(Secretive())
    do {
      _ = try letters.makeConsumer().get()
      Issue.record("it was decoded")
    } catch {
      #expect(!"\(error)".contains("secret"))
      let detail = "\((error as? QueueError)?.underlyingError as Any)"
      #expect(detail.contains("secret"))
    }
    let letter = try #require(try letters.deadLetters().first)
    #expect(error { _ = try letters.decode(letter) }.map { !"\($0)".contains("secret") } == true)

    let numbers = try IterableQueue<Double>(codec: .json())
    #expect(
      error { try numbers.makeProducer().put(.infinity) }.map { !"\($0)".contains("inf") } == true)
  }

  /// Its keys and values are nobody's business; it cannot be decoded.
  private struct Secretive: Codable {
    var values = ["secret key": "secret value"]

    init() {}
    init(from decoder: any Decoder) throws {
      values = [:]
      _ = try decoder.container(keyedBy: CodingKeys.self).decode(
        [String: Int].self, forKey: .values)
    }
  }

  private func error(_ body: () throws -> Void) -> (any Error)? {
    do { try body() } catch { return error }
    return nil
  }

  @Test func `an iteration passes over items that cannot be decoded`() throws {
    let queue = try IterableQueue<Even>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(contentsOf: (0..<9).map { Even($0) })
    producer.close()
    queue.close()
    #expect(consumer.map(\.value) == [0, 2, 4, 6, 8])
    #expect(consumer.failure == nil)
    #expect(queue.statistics.deadLetters == 4)
  }

  @Test func `in a batch, what comes before an undecodable item is returned, then get throws`()
    throws
  {
    let queue = try IterableQueue<Even>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(contentsOf: [0, 2, 3, 4, 6].map { Even($0) })
    #expect(try consumer.get(upTo: 5).map(\.value) == [0, 2])
    #expect(code { _ = try consumer.get(upTo: 5) } == .undecodable)
    #expect(try consumer.get(upTo: 5).map(\.value) == [4])
    #expect(consumer.attempt == 1)
    #expect(try consumer.get(upTo: 5).map(\.value) == [6])
    #expect(try consumer.poll() == .empty)
    #expect(queue.statistics.deadLetters == 1)
  }

  @Test func `as many endpoints as the queue allows, and an error for one more`() throws {
    let queue = try IterableQueue<Int>()
    let producers = try (0..<512).map { _ in try queue.makeProducer() }
    let consumers = try (0..<512).map { _ in try queue.makeConsumer() }
    do {
      _ = try queue.makeProducer()
      Issue.record("one more was accepted")
    } catch let error as QueueError {
      #expect(error.code == .tooManyEndpoints)
      #expect("\(error)".contains("1024") && "\(error)".contains("maxEndpoints"))
    }
    consumers[5].close()
    let again = try queue.makeProducer()
    #expect(queue.statistics.producers == 513 && queue.statistics.consumers == 511)
    again.close()
    for (index, producer) in producers.enumerated() { try producer.put(index) }
    #expect(try consumers[0].get(upTo: 1000) == Array(0..<512))
  }

  @Test(arguments: [
    (QueueConfiguration(maxItems: 0), "maxItems"), (.init(maxItemBytes: 0), "maxItemBytes"),
    (.init(maxItemBytes: 1 << 31), "maxItemBytes"), (.init(ringBytes: -1), "ringBytes"),
    (.init(maxEndpoints: 5000), "maxEndpoints"), (.init(maxDeliveries: 128), "maxDeliveries"),
    (.init(deadLetterBytes: -1), "deadLetterBytes"),
    (.init(schema: String(repeating: "s", count: 257)), "schema"),
  ])
  func `a configuration outside its limits is refused by name`(
    _ configuration: QueueConfiguration, _ name: String
  ) throws {
    do {
      _ = try IterableQueue<Int>(configuration: configuration)
      Issue.record("it was accepted")
    } catch let error as QueueError {
      #expect(error.code == .invalidConfiguration)
      #expect("\(error)".contains(name))
    }
  }

  @Test func `a put that would have to wait on a closed queue without consumers says so`() throws {
    let queue = try IterableQueue<Int>(configuration: .init(maxItems: 1))
    let producer = try queue.makeProducer()
    try producer.put(1)
    queue.close()
    #expect(code { try producer.put(2) } == .noConsumers)
    #expect(code { try producer.put(2, timeout: .seconds(1)) } == .noConsumers)
    #expect(code { _ = try producer.tryPut(2) } == .noConsumers)
    _ = try queue.makeConsumer().get()
    try producer.put(2)
  }

  @Test func `a put that waits learns that the queue is closed without consumers`() throws {
    let queue = try IterableQueue<Int>(configuration: .init(maxItems: 1))
    let producer = try queue.makeProducer()
    let consumer = try queue.makeConsumer()
    try producer.put(1)
    let waiting = TestThread { code { try producer.put(2) } }
    waitUntil { producer.endpointCore.testingSleepers == 1 }
    consumer.close()
    queue.close()
    #expect(waiting.join() == .noConsumers)
  }
}
