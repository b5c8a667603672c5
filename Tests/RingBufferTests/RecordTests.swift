import RingBuffer
import SharedMemory
import TestSupport
import Testing

/// Every size of a record at every place of the smallest ring.
@Suite struct RecordTests {
  static let largest = 2040
  static let units = 512

  /// Bytes that tell where they belong.
  private static func item(_ size: Int, salt: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ salt) }
  }

  private static func queue() throws -> TestQueue { try TestQueue(maxItemBytes: largest) }

  /// Puts and takes one item at a place, and gives back what came.
  private func roundTrip(
    _ item: [UInt8], at unit: Int, _ queue: TestQueue, _ producer: EndpointState,
    _ consumer: EndpointState
  ) throws {
    queue.ring.restart(at: Position(units: UInt32(unit), items: 7))
    guard queue.put(item, as: producer) == .accepted(1) else {
      throw Unexpected("\(item.count) bytes at \(unit) were not accepted")
    }
    let delivery = try queue.mustTake(as: consumer)
    guard queue.bytes(delivery) == [item] else {
      throw Unexpected("\(item.count) bytes at \(unit) came back changed")
    }
    try queue.finish(delivery)
  }

  @Test func `the smallest ring has 4096 bytes`() throws {
    #expect(try Self.queue().ring.geometry.ringBytes == Geometry.pageBytes)
  }

  @Test(.timeLimit(.minutes(10)), arguments: 0..<8)
  func `a record of every size crosses the ring's end at every place`(part: Int) throws {
    let queue = try Self.queue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    let units = queue.ring.geometry.ringBytes / 8
    let all = Self.item(Self.largest + 256, salt: 3)
    for size in stride(from: part, through: Self.largest, by: 8) {
      let item = Array(all[(size & 0xFF)..<(size & 0xFF) + size])
      let length = Ring.recordBytes(size) / 8
      // From the last place where it just fits to the first one of the next round.
      for back in 0...length + 1 {
        try roundTrip(item, at: units - back, queue, producer, consumer)
      }
    }
  }

  @Test(.timeLimit(.minutes(10)), arguments: [0, 1, 7, 8, 9, 63, 64, 65, 1023, 2039, 2040])
  func `a record comes back from every place of the ring`(size: Int) throws {
    let queue = try Self.queue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    let item = Self.item(size, salt: size)
    for unit in 0...queue.ring.geometry.ringBytes / 8 {
      try roundTrip(item, at: unit, queue, producer, consumer)
    }
  }

  @Test(.timeLimit(.minutes(10)), arguments: [0, 1, 8, 40, 100])
  func `a batch comes back from every place of the ring`(size: Int) throws {
    let queue = try Self.queue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    let items = (0..<9).map { Self.item(max(0, size - $0 % 3), salt: $0) }
    var batch = RecordBatch()
    for item in items { unsafe item.withUnsafeBytes { unsafe batch.append($0) } }
    for unit in 0..<queue.ring.geometry.ringBytes / 8 {
      queue.ring.restart(at: Position(units: UInt32(unit), items: 0))
      guard case .accepted(items.count) = queue.ring.put(batch, from: 0, as: producer, .forever)
      else { throw Unexpected("the batch was not accepted at \(unit)") }
      var taken: [[UInt8]] = []
      while taken.count < items.count {
        let delivery = try queue.mustTake(upTo: 4, as: consumer)
        taken += queue.bytes(delivery)
        try queue.finish(delivery)
      }
      guard taken == items else { throw Unexpected("the batch came back changed from \(unit)") }
    }
  }

  @Test(arguments: [0, 1, 8, 100, 2040])
  func `a full ring takes no more, and gives everything back in order`(size: Int) throws {
    let queue = try Self.queue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    let capacity = queue.ring.geometry.ringBytes / Ring.recordBytes(size)
    for start in [0, 1, 100, 511] {
      queue.ring.restart(at: Position(units: UInt32(start), items: 0))
      for number in 0..<capacity {
        #expect(queue.put(Self.item(size, salt: number), as: producer) == .accepted(1))
      }
      #expect(queue.put(Self.item(size, salt: 0), as: producer) == .noRoom)
      #expect(!queue.ring.hasRoom(forRecord: Ring.recordBytes(size)))
      #expect(queue.ring.count == capacity)
      for number in 0..<capacity {
        let delivery = try queue.mustTake(as: consumer)
        #expect(queue.bytes(delivery) == [Self.item(size, salt: number)])
        try queue.finish(delivery)
      }
      #expect(queue.take(as: consumer) == .empty)
      #expect(queue.put(Self.item(size, salt: 0), as: producer) == .accepted(1))
    }
  }
}
