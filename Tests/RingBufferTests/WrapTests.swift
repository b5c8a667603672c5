import RingBuffer
import SharedMemory
import TestSupport
import Testing

/// Positions count modulo 2^32, in 8-byte units and in items.
@Suite struct WrapTests {
  static let nearTheEnd: [Position] = [
    Position(units: .max, items: .max), Position(units: .max - 3, items: 0),
    Position(units: 0, items: .max), Position(units: .max - 300, items: .max - 300),
  ]

  @Test(arguments: nearTheEnd)
  func `items keep coming while the positions wrap`(start: Position) throws {
    let queue = try TestQueue(maxItemBytes: 100)
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    queue.ring.restart(at: start)
    for round in 0..<200 {
      let items = (0..<5).map { [UInt8](repeating: UInt8(round), count: $0 * 20) }
      for item in items { #expect(queue.put(item, as: producer) == .accepted(1)) }
      #expect(queue.ring.count == 5)
      let delivery = try queue.mustTake(upTo: 5, as: consumer)
      var taken = queue.bytes(delivery)
      try queue.finish(delivery)
      while taken.count < 5 {
        let more = try queue.mustTake(upTo: 5, as: consumer)
        taken += queue.bytes(more)
        try queue.finish(more)
      }
      #expect(taken == items)
      #expect(queue.ring.isDrained)
    }
  }

  @Test(arguments: nearTheEnd)
  func `a ring is full at the same backlog wherever the positions are`(start: Position) throws {
    let queue = try TestQueue()
    let producer = try queue.producer()
    queue.ring.restart(at: start)
    let capacity = queue.ring.geometry.ringBytes / 8
    for _ in 0..<capacity { #expect(queue.put([], as: producer) == .accepted(1)) }
    #expect(queue.put([], as: producer) == .noRoom)
    #expect(queue.ring.isFull)
    #expect(queue.ring.statistics.items == capacity)
    #expect(queue.ring.statistics.bytes == queue.ring.geometry.ringBytes)
  }

  @Test(arguments: nearTheEnd)
  func `the item limit holds while the positions wrap`(start: Position) throws {
    let queue = try TestQueue(maxItems: 2)
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    queue.ring.restart(at: start)
    for round in 0..<20 {
      try queue.put("a\(round)", as: producer)
      try queue.put("b\(round)", as: producer)
      #expect(queue.put([1], as: producer) == .noRoom)
      let first = try queue.mustTake(as: consumer)
      #expect(queue.texts(first) == ["a\(round)"])
      try queue.finish(first)
      try queue.put("c\(round)", as: producer)
      #expect(queue.put([1], as: producer) == .noRoom)
      let rest = try queue.mustTake(upTo: 9, as: consumer)
      #expect(queue.texts(rest) == ["b\(round)", "c\(round)"])
      try queue.finish(rest)
    }
  }
}

/// How full a ring may be.
@Suite struct RoomTests {
  @Test(arguments: [1, 2, 3])
  func `no more than maxItems items wait`(limit: Int) throws {
    let queue = try TestQueue(maxItems: limit)
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    for _ in 0..<3 {
      for number in 0..<limit { try queue.put("\(number)", as: producer) }
      #expect(queue.put([], as: producer) == .noRoom)
      #expect(queue.ring.isFull)
      for number in 0..<limit {
        let delivery = try queue.mustTake(as: consumer)
        #expect(queue.texts(delivery) == ["\(number)"])
        try queue.finish(delivery)
      }
    }
  }

  @Test func `a taken item makes room before it is acknowledged`() throws {
    let queue = try TestQueue(maxItems: 1)
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    try queue.put("a", as: producer)
    _ = try queue.mustTake(as: consumer)
    try queue.put("b", as: producer)
    #expect(queue.ring.count == 1)
  }

  @Test(arguments: [1, 2])
  func `a ring with maxItems is half empty when at most half of them wait`(limit: Int) throws {
    let queue = try TestQueue(maxItems: limit)
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    for _ in 0..<limit { try queue.put("a", as: producer) }
    #expect(!queue.ring.isHalfEmpty)
    _ = try queue.mustTake(as: consumer)
    #expect(queue.ring.isHalfEmpty)
  }

  @Test func `a batch puts as many as have room`() throws {
    let queue = try TestQueue(maxItems: 5)
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    var batch = RecordBatch()
    for number in 0..<9 {
      unsafe [UInt8(number)].withUnsafeBytes { unsafe batch.append($0) }
    }
    var first = 0
    var taken: [UInt8] = []
    while first < batch.count {
      switch queue.ring.put(batch, from: first, as: producer, .forever) {
      case .accepted(let count):
        #expect(1...5 ~= count)
        first += count
      case .noRoom:
        let delivery = try queue.mustTake(upTo: 2, as: consumer)
        taken += queue.bytes(delivery).joined()
        try queue.finish(delivery)
      case .refused(let refusal): throw Unexpected("refused: \(refusal)")
      }
    }
    while case .taken(let delivery) = queue.take(upTo: 9, as: consumer) {
      taken += queue.bytes(delivery).joined()
      try queue.finish(delivery)
    }
    #expect(taken == Array(0..<9))
  }

  @Test func `an empty batch is accepted by a full ring`() throws {
    let queue = try TestQueue(maxItems: 1)
    let producer = try queue.producer()
    try queue.put("a", as: producer)
    let batch = RecordBatch()
    #expect(queue.ring.put(batch, from: 0, as: producer, .forever) == .accepted(0))
  }

  @Test func `a batch that finds no room leaves the ring as it was`() throws {
    let queue = try TestQueue(maxItems: 1)
    let producer = try queue.producer()
    try queue.put("a", as: producer)
    var batch = RecordBatch()
    for _ in 0..<3 { unsafe [UInt8(9)].withUnsafeBytes { unsafe batch.append($0) } }
    let tail = queue.ring[testing: .tail]
    #expect(queue.ring.put(batch, from: 0, as: producer, .forever) == .noRoom)
    #expect(queue.ring[testing: .tail] == tail)
  }
}
