import FoundationEssentials
import Glibc
import ItemCoding
import IterableQueues
import TestSupport
import Testing

/// Items that go from the caller's memory into the ring, and back, without an encoder.
@Suite(.timeLimit(.minutes(10)))
struct ByteTests {
  /// A queue under a name of its own, its bytes as they travel, and an endpoint of each kind of both.
  struct Ends<Item> {
    let queue: IterableQueue<Item>
    let producer: Producer<Item>
    let consumer: Consumer<Item>
    let bytesIn: Producer<[UInt8]>
    let bytesOut: Consumer<[UInt8]>

    init(_ queue: IterableQueue<Item>, _ name: QueueName) throws {
      self.queue = queue
      producer = try queue.makeProducer()
      consumer = try queue.makeConsumer()
      let bytes = try IterableQueue(bytesOf: name)
      bytesIn = try bytes.makeProducer()
      bytesOut = try bytes.makeConsumer()
    }
  }

  @Test(arguments: [0, 1, 23, 24, 255, 256, 65_535, 65_536, 200_000])
  func `bytes travel as a byte string of CBOR, however many there are`(_ length: Int) throws {
    let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try check(bytes)
    try check(Data(bytes))
    try check((Data([9, 9]) + bytes + [9]).dropFirst(2).dropLast())
  }

  func check<Item: Codable & Sendable & Equatable>(_ item: Item) throws {
    let name = freshName()
    let configuration = QueueConfiguration(maxItemBytes: 1 << 18, ringBytes: 1 << 20)
    let ends = try Ends(IterableQueue<Item>(named: name, configuration: configuration), name)
    let encoded = try CBOREncoder().encode(item)
    #expect(encoded.first.map { $0 >> 5 } == 2)
    try ends.producer.put(item)
    #expect(try ends.bytesOut.get() == encoded)
    try ends.producer.put(contentsOf: [item, item])
    try ends.producer.put(contentsOf: [item, item].lazy.map { $0 })
    for _ in 0..<4 { #expect(try ends.bytesOut.get() == encoded) }
    #expect(try ends.producer.tryPut(item))
    #expect(try ends.consumer.get() == item)
    try ends.bytesIn.put(encoded)
    #expect(try ends.consumer.poll() == .item(item))
    try ends.bytesIn.put(contentsOf: [encoded, encoded])
    var batch = try ends.consumer.get(upTo: 2)
    // Two of the largest are more than a batch may take.
    if batch.count == 1 { batch += try ends.consumer.get(upTo: 2) }
    #expect(batch == [item, item])
    try ends.bytesIn.put(encoded)
    #expect(ends.consumer.next() == item)
  }

  @Test func `bytes that others wrote in another form of CBOR are read as well`() throws {
    let name = freshName()
    let ends = try Ends(IterableQueue<[UInt8]>(named: name), name)
    let forms: [[UInt8]] = [
      [0x43, 1, 2, 3], [0x58, 3, 1, 2, 3], [0x59, 0, 3, 1, 2, 3], [0x5a, 0, 0, 0, 3, 1, 2, 3],
      [0x5b, 0, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3], [0x5f, 0x42, 1, 2, 0x41, 3, 0xff], [0x83, 1, 2, 3],
      [0x9f, 1, 2, 3, 0xff], [0xd8, 0x40, 0x43, 1, 2, 3],
    ]
    for form in forms {
      try ends.bytesIn.put(form)
      #expect(try ends.consumer.get() == [1, 2, 3], "\(form)")
    }
    try ends.bytesIn.put(contentsOf: forms)
    ends.consumer.acknowledge()
    #expect(try ends.consumer.get(upTo: 20) == Array(repeating: [1, 2, 3], count: forms.count))
  }

  /// The consumer of a closed queue that holds `items`.
  func consumer<Item: Codable & Sendable>(of items: [Item]) throws -> Consumer<Item> {
    let queue = try IterableQueue<Item>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(contentsOf: items)
    producer.close()
    queue.close()
    return consumer
  }

  /// What somebody does with the arrays of a batch before the next one comes.
  enum Use: CaseIterable {
    case letsGo, keepsAll, keepsBatches, keepsOne, changesThem
  }

  @Test(arguments: Use.allCases)
  func `an array of a batch stays as it is, whatever comes after it`(_ use: Use) throws {
    // Of one size for a while, then of many.
    let items = (0..<2000).map {
      [UInt8](repeating: UInt8($0 & 255), count: $0 < 1000 ? 9 : $0 % 7)
    }
    let consumer = try consumer(of: items)
    var read = 0
    var kept: [(index: Int, array: [UInt8])] = []
    var batches: [[[UInt8]]] = []
    for var batch in consumer.batches(upTo: 16) {
      try #require(batch == Array(items[read..<read + batch.count]))
      switch use {
      case .letsGo: break
      case .keepsAll: kept += batch.enumerated().map { (read + $0, $1) }
      case .keepsBatches: batches.append(batch)
      case .keepsOne: kept.append((read + batch.count / 2, batch[batch.count / 2]))
      case .changesThem:
        for index in batch.indices { batch[index].append(1) }
        kept.append((read, batch[0].dropLast()))
      }
      read += batch.count
    }
    #expect(read == items.count && consumer.failure == nil)
    #expect(kept.allSatisfy { $0.array == items[$0.index] })
    #expect(use != .keepsBatches || batches.flatMap { $0 } == items)
  }

  @Test(arguments: Use.allCases)
  func `an array that iterating gave out stays as it is, whatever comes after it`(
    _ use: Use
  ) throws {
    let name = freshName()
    let ends = try Ends(IterableQueue<[UInt8]>(named: name), name)
    let items = (0..<1000).map {
      [UInt8](repeating: UInt8($0 & 255), count: $0 < 500 ? 9 : $0 % 7)
    }
    for (index, item) in items.enumerated() {
      // Now and then in another form of CBOR, or nothing that can be read.
      if index % 100 == 50 { try ends.bytesIn.put([0x5f, 0x43, 1, 2, 3, 0xff]) }
      if index % 100 == 70 { try ends.bytesIn.put([0xf6]) }
      try ends.producer.put(item)
    }
    ends.producer.close()
    ends.bytesIn.close()
    ends.queue.close()
    var read = 0
    var kept: [(index: Int, array: [UInt8])] = []
    for var item in ends.consumer {
      if item == [1, 2, 3] { continue }
      try #require(item == items[read])
      switch use {
      case .letsGo: break
      case .keepsAll, .keepsBatches: kept.append((read, item))
      case .keepsOne: if read % 10 == 0 { kept.append((read, item)) }
      case .changesThem:
        item.append(1)
        kept.append((read, item.dropLast()))
      }
      read += 1
    }
    #expect(read == items.count && ends.consumer.failure == nil)
    #expect(kept.allSatisfy { $0.array == items[$0.index] })
    #expect(try ends.queue.deadLetters().count == 10)
  }

  @Test func `iterating uses memory anew that nobody has any more`() throws {
    func place<Element>(_ array: [Element]) -> UInt {
      unsafe array.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }
    let bytes = Array(repeating: [UInt8](repeating: 1, count: 2000), count: 80)
    var places: Set<UInt> = []
    for item in try consumer(of: bytes) { places.insert(place(item)) }
    #expect(places.count == 1)
    places = []
    for batch in try consumer(of: bytes).batches(upTo: 8) {
      for item in batch { places.insert(place(item)) }
    }
    #expect(places.count == 8)
    places = []
    for batch in try consumer(of: Array(0..<80)).batches(upTo: 8) { places.insert(place(batch)) }
    #expect(places.count == 1)
  }

  @Test(arguments: [false, true])
  func `a batch of numbers stays as it is, whatever comes after it`(_ changes: Bool) throws {
    let consumer = try consumer(of: Array(0..<5000))
    var kept: [[Int]] = []
    var read = 0
    for var batch in consumer.batches(upTo: 7) {
      try #require(batch == Array(read..<read + batch.count))
      read += batch.count
      if batch[0] % 4 == 0 { kept.append(batch) }
      if changes { for index in batch.indices { batch[index] = -1 } }
    }
    #expect(read == 5000 && consumer.failure == nil)
    #expect(kept.allSatisfy { $0 == Array($0[0]..<$0[0] + $0.count) && $0[0] >= 0 })
  }

  @Test func `hundreds of arrays in one put, many of them empty, come in batches of any size`()
    throws
  {
    let items = (0..<1500).map { [UInt8](repeating: UInt8($0 & 255), count: $0 % 3 == 0 ? 9 : 0) }
    let consumer = try consumer(of: items)
    let batches = consumer.batches(upTo: 100)
    var first = batches.makeIterator(), second = batches.makeIterator()
    var read: [[UInt8]] = []
    while let batch = first.next() { read += batch + (second.next() ?? []) }
    #expect(read == items && consumer.failure == nil)
  }

  @Test func `a batch of bytes may hold other forms of CBOR, and ends before a stranger`() throws {
    let name = freshName()
    let ends = try Ends(IterableQueue<[UInt8]>(named: name), name)
    let form: [UInt8] = [0x43, 1, 2, 3], pieces: [UInt8] = [0x5f, 0x42, 1, 2, 0x41, 3, 0xff]
    try ends.bytesIn.put(contentsOf: [form, form, form])
    try ends.bytesIn.put(contentsOf: [form, pieces, form, [0xf6], form, form])
    try ends.bytesIn.put(contentsOf: [form, form])
    ends.producer.close()
    ends.bytesIn.close()
    ends.queue.close()
    var sizes: [Int] = []
    for batch in ends.consumer.batches(upTo: 3) {
      #expect(batch.allSatisfy { $0 == [1, 2, 3] })
      sizes.append(batch.count)
    }
    #expect(sizes.reduce(0, +) == 10 && ends.consumer.failure == nil)
    #expect(try ends.queue.deadLetters().map(\.bytes) == [[0xf6]])
  }

  @Test func `bytes that are no byte string become dead letters`() throws {
    let name = freshName()
    let ends = try Ends(IterableQueue<[UInt8]>(named: name), name)
    let damaged: [[UInt8]] = [
      [], [0x43, 1, 2], [0x41, 1, 2], [0x58], [0x58, 3, 1, 2], [0x59, 0], [0x5a, 0, 0, 0],
      [0x5a, 0xff, 0xff, 0xff, 0xff, 1], [0x63, 0x61, 0x62, 0x63], [0xf6],
    ]
    for item in damaged {
      try ends.bytesIn.put(item)
      #expect(code { _ = try ends.consumer.get() } == .undecodable, "\(item)")
    }
    try ends.bytesIn.put([0x41, 9])
    #expect(ends.consumer.next() == [9])
    #expect(try ends.queue.deadLetters().map(\.bytes) == damaged)
  }

  @Test func `the limit of an item's size counts the head of the byte string`() throws {
    let queue = try IterableQueue<[UInt8]>(configuration: .init(maxItemBytes: 100))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    let largest = [UInt8](repeating: 1, count: 98), tooLarge = [UInt8](repeating: 1, count: 99)
    try producer.put(largest)
    #expect(try consumer.get() == largest)
    #expect(code { try producer.put(tooLarge) } == .itemTooLarge)
    do {
      try producer.put(contentsOf: [largest, largest, tooLarge, largest])
      Issue.record("put")
    } catch let error as QueueError {
      #expect(error.code == .itemTooLarge && error.acceptedItems == 2)
      #expect("\(error)".contains("101 bytes") && "\(error)".contains("100 bytes"))
    }
    #expect(queue.count == 2)
  }

  @Test func `arrays of bytes that fill the ring many times arrive whole and in order`() throws {
    let queue = try IterableQueue<[UInt8]>(
      configuration: .init(maxItems: 50, maxItemBytes: 400, ringBytes: 4096))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    queue.close()
    let items = (0..<3000).map { [UInt8](repeating: UInt8($0 & 255), count: $0 * 7 % 301) }
    let putting = TestThread {
      #expect(throws: Never.self) { try producer.put(contentsOf: items) }
      producer.close()
    }
    #expect(Array(consumer) == items)
    putting.join()
  }

  @Test func `of an array of byte arrays those before the one that is refused are put`() throws {
    let queue = try IterableQueue<[UInt8]>(
      configuration: .init(maxItems: 2, maxItemBytes: 50_000, ringBytes: 1 << 17))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    @Sendable func put(_ items: [[UInt8]]) throws -> (QueueError.Code, Int?) {
      do {
        try producer.put(contentsOf: items)
      } catch let error as QueueError {
        return (error.code, error.acceptedItems)
      }
      throw Unexpected("all were put")
    }
    let tooLarge = [UInt8](repeating: 1, count: 50_000)
    try producer.put(contentsOf: [])
    #expect(try put([tooLarge]) == (.itemTooLarge, 0))
    #expect(queue.isEmpty)
    // More than is put under one lock otherwise.
    let large = [UInt8](repeating: 2, count: 40_000)
    try producer.put(contentsOf: [large, large])
    #expect(try consumer.get() == large)
    #expect(try consumer.get() == large)
    let waiting = TestThread { try? put([[3], [4], [5], [6]]) }
    while queue.count < 2 { usleep(1000) }
    queue.cancel()
    #expect(waiting.join().map { $0 == (.cancelled, 2) } == true)
    #expect(try put([[7]]) == (.cancelled, 0))
  }

  @Test func `an array of bytes waits for room, and is refused when the queue is cancelled`() throws
  {
    let queue = try IterableQueue<[UInt8]>(configuration: .init(maxItems: 1))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put([1])
    #expect(code { try producer.put([2], timeout: .milliseconds(1)) } == .timedOut)
    let putting = TestThread { #expect(throws: Never.self) { try producer.put([3]) } }
    #expect(try consumer.get() == [1])
    #expect(try consumer.get() == [3])
    _ = putting.join()
    queue.cancel()
    #expect(code { try producer.put([4]) } == .cancelled)
  }

  /// Larger than what is worth a copy.
  struct Wide: BitwiseCopyable, Sendable, Equatable {
    var first: Int
    var words: InlineArray<40, UInt64>
    var last: Int32

    init(_ number: Int) {
      first = number
      words = InlineArray { UInt64(number &+ $0) }
      last = Int32(number)
    }

    static func == (a: Wide, b: Wide) -> Bool {
      a.first == b.first && a.last == b.last && (0..<40).allSatisfy { a.words[$0] == b.words[$0] }
    }
  }

  @Test func `a large value that travels as it is comes whole, in every way of taking it`() throws {
    let queue = try IterableQueue<Wide>(codec: .raw())
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    for number in 0..<3 { try producer.put(Wide(number)) }
    try producer.put(contentsOf: (3..<10).map(Wide.init))
    #expect(try consumer.get() == Wide(0))
    #expect(try consumer.get(timeout: .seconds(60)) == Wide(1))
    #expect(try consumer.poll() == .item(Wide(2)))
    #expect(consumer.next() == Wide(3))
    #expect(consumer.attempt == 1)
    consumer.reject()
    #expect(consumer.next() == Wide(3))
    #expect(consumer.attempt == 2)
    #expect(try consumer.get(upTo: 3) == (4..<7).map(Wide.init))
    producer.close()
    queue.close()
    #expect(Array(consumer) == (7..<10).map(Wide.init))
    #expect(consumer.failure == nil && consumer.endReason == .finished)
    #expect(try consumer.get() == nil)
  }

  @Test func `a large value of another size becomes a dead letter, and iteration goes on`() throws {
    let name = freshName()
    let ends = try Ends(IterableQueue<Wide>(named: name, codec: .raw()), name)
    try ends.bytesIn.put([1, 2, 3])
    #expect(code { _ = try ends.consumer.get() } == .undecodable)
    try ends.bytesIn.put([4])
    try ends.producer.put(Wide(5))
    #expect(ends.consumer.next() == Wide(5))
    #expect(try ends.queue.deadLetters().map(\.bytes) == [[1, 2, 3], [4]])
    try ends.producer.put(contentsOf: (0..<5).map(Wide.init))
    try ends.bytesIn.put([6])
    try ends.producer.put(contentsOf: (5..<7).map(Wide.init))
    ends.consumer.acknowledge()
    var batches = ends.consumer.batches(upTo: 4).makeIterator()
    #expect(batches.next() == (0..<4).map(Wide.init))
    #expect(batches.next() == [Wide(4)])
    // Those behind the one that was no value come one by one.
    #expect(batches.next() == [Wide(5)])
    #expect(batches.next() == [Wide(6)])
    #expect(try ends.queue.deadLetters().map(\.bytes) == [[1, 2, 3], [4], [6]])
    ends.queue.cancel()
    #expect(ends.consumer.next() == nil)
    #expect(ends.consumer.failure?.code == .cancelled)
    #expect(ends.consumer.next() == nil)
  }
}
