import RingBuffer
import SharedMemory
import Testing

/// Whatever the shared words say, nothing is read or written outside the mapping, nothing traps and
/// nothing waits for ever.
@Suite struct CorruptionTests {
  @Test func `head and tail further apart than the ring is long`() throws {
    let queue = try TestQueue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    queue.ring[testing: .tail] = Position(units: 100_000, items: 5).rawValue
    #expect(queue.put([1], as: producer) == .refused(.corrupted(.positions)))
    #expect(queue.take(as: consumer) == .refused(.corrupted(.positions)))
  }

  @Test func `more items than bytes`() throws {
    let queue = try TestQueue(maxItems: 10)
    let producer = try queue.producer()
    queue.ring[testing: .tail] = Position(units: 3, items: 50).rawValue
    #expect(queue.put([1], as: producer) == .refused(.corrupted(.positions)))
  }

  @Test func `bytes without an item`() throws {
    let queue = try TestQueue()
    let consumer = try queue.consumer()
    queue.ring[testing: .tail] = Position(units: 3, items: 0).rawValue
    #expect(queue.take(as: consumer) == .refused(.corrupted(.record)))
  }

  @Test(arguments: [0, 1, 0xFFFF_FFFF_0000_0000, .max, 65 | ~65 << 32, 5 | ~6 << 32] as [UInt64])
  func `a damaged record`(header: UInt64) throws {
    let queue = try TestQueue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    try queue.put("abc", as: producer)
    queue.ring.damageRecord(atByte: 0, with: header)
    let sound = header == 0xFFFF_FFFF_0000_0000
    switch queue.take(as: consumer) {
    case .taken(let delivery): #expect(sound && queue.bytes(delivery) == [[]])
    case let outcome: #expect(!sound && outcome == .refused(.corrupted(.record)))
    }
  }

  @Test(arguments: [0, 2, .max, 3 | ~4 << 32] as [UInt64])
  func `a damaged record behind a sound one of the same length`(header: UInt64) throws {
    let queue = try TestQueue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    for item in ["abc", "def", "ghi"] { try queue.put(item, as: producer) }
    queue.ring.damageRecord(atByte: 16, with: header)
    let outcome = queue.ring.take(
      upTo: 3, as: consumer, preferring: 0, hasReaped: false, .forever)
    #expect(outcome == .refused(.corrupted(.record)))
  }

  @Test func `a damaged record in a buffer`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    let delivery = try queue.batch(["a", "b"], by: first)
    queue.ring.damageBuffer(delivery.buffer, atByte: 0, with: .max)
    #expect(unsafe !queue.ring.forEachItem(of: delivery) { _ in true })
    let refusal = queue.ring.discardUndecodable(delivery, text: "", .forever)
    #expect(refusal == .corrupted(.record))
    try queue.bury(first)
    let orphan = try queue.mustTake(as: second)
    #expect(unsafe !queue.ring.forEachItem(of: orphan) { _ in true })
  }

  @Test(arguments: [
    Mark(testingSlot: 4095, generation: 1, attempts: 1, cursor: 0, count: 1),
    Mark(testingSlot: 0, generation: 1, attempts: 1, cursor: 5, count: 5),
    Mark(testingSlot: 0, generation: 1, attempts: 1, cursor: 4095, count: 0),
  ])
  func `a damaged mark`(mark: Mark) throws {
    let queue = try TestQueue()
    let consumer = try queue.consumer()
    queue.ring[testing: .mark(0)] = mark.rawValue
    queue.ring[testing: .hint] = 1
    #expect(queue.take(as: consumer) == .refused(.corrupted(.mark)))
    let outcome = queue.ring.acknowledged(.forever)
    #expect(outcome != .all)
    if mark.testingParts.slot == 4095 { #expect(outcome == .refused(.corrupted(.mark))) }
    #expect(queue.ring.statistics.inFlight == 0)
  }

  @Test func `a mark whose cursor lies behind the last record`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    let delivery = try queue.batch(["a"], by: first)
    queue.ring[testing: .mark(delivery.buffer)] =
      Mark(testingSlot: 0, generation: 0, attempts: 0, cursor: 4000, count: 4001).rawValue
    queue.ring[testing: .hint] = 1
    let orphan = try queue.mustTake(as: second)
    #expect(unsafe !queue.ring.forEachItem(of: orphan) { _ in true })
  }

  @Test func `buffers that were never reserved`() throws {
    let queue = try TestQueue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    try queue.writeLetter("a")
    try queue.put("b", as: producer)
    queue.ring[testing: .reservedBuffers] = 0
    #expect(queue.take(as: consumer) == .refused(.corrupted(.buffers)))
    #expect(queue.ring.requeueOldestDeadLetter(.forever) == .noBuffer)
    queue.ring[testing: .reservedBuffers] = .max
    _ = try queue.mustTake(as: consumer)
  }

  @Test(.timeLimit(.minutes(10)))
  func `a first dead letter ahead of the last, in a log that has gone round`() throws {
    let queue = try TestQueue()
    for number in 0..<100 { try queue.writeLetter("letter \(number)") }
    let dropped = queue.ring.statistics.deadLettersDropped
    #expect(dropped > 0)
    queue.ring[testing: .deadFirst] += UInt64(queue.ring.geometry.deadBytes / 8)
    #expect(queue.ring.requeueOldestDeadLetter(.forever) == .refused(.corrupted(.deadLetter)))
    try queue.writeLetter("after")
    #expect(try queue.letters().map(\.text) == ["after"])
    #expect(queue.ring.statistics.deadLettersDropped == dropped)
  }

  @Test(arguments: [1 << 32, .max, 0xFFFF_FFFF, 1 << 32 | 1 << 31, 9] as [UInt64])
  func `a damaged filling word`(filling: UInt64) throws {
    let queue = try TestQueue()
    let consumer = try queue.consumer()
    let held = try queue.batch(["a"], by: consumer)
    queue.ring[testing: .filling] = filling
    die(holding: queue.ring.testingGetLock)
    #expect(queue.ring.acknowledged(.forever) == .heldHere)
    try queue.finish(held)
  }

  @Test func `a slot of no kind`() throws {
    let queue = try TestQueue()
    let producer = try queue.producer()
    queue.ring[testing: .slotKind(producer.slot)] = 77
    queue.kill(producer)
    #expect(try queue.ring.reap(.forever).get() == .nothing)
    die(holding: queue.ring.testingRegistryLock)
    #expect(queue.ring.handOver(producer, from: .nobody, to: .current, .forever) != nil)
    #expect(queue.ring.lifecycle.producers == 0)
  }

  @Test(arguments: [0, 1, 1 << 62, 1 << 63, .max, 0x5555_5555_5555_5555] as [UInt64])
  func `any value of any control word`(value: UInt64) throws {
    let words: [TestingWord] = [
      .head, .tail, .cachedHead, .cachedTail, .filling, .hint, .deadFirst, .deadLastEnd,
      .deadDropped, .deadReserved, .lifecycle, .usedSlots, .reservedBuffers, .lostProducers,
      .lostConsumers, .lastReap, .mark(0), .mark(1), .end(0), .slotWord(0), .slotOwner(1),
      .slotKind(1),
    ]
    for word in words {
      let queue = try TestQueue(maxDeliveries: 1)
      let (producer, consumer) = (try queue.producer(), try queue.consumer())
      let batch = try queue.batch(["a", "b"], by: consumer)
      try queue.writeLetter("c")
      try queue.put("d", as: producer)
      queue.ring[testing: word] = value
      exercise(queue, producer, consumer, batch)
    }
  }

  @Test(.timeLimit(.minutes(10)))
  func `random values of random control words`() throws {
    let seed = UInt64.random(in: .min ... .max)
    print("random values of random control words: seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let queue = try TestQueue(maxDeliveries: 2)
      let (producer, consumer) = (try queue.producer(), try queue.consumer())
      let batch = try queue.batch(["a", "b"], by: consumer)
      try queue.writeLetter("c")
      try queue.put("d", as: producer)
      let words: [TestingWord] = [
        .head, .tail, .cachedHead, .cachedTail, .filling, .deadFirst, .deadLastEnd, .deadReserved,
        .mark(0), .end(0), .reservedBuffers, .usedSlots,
      ]
      for _ in 0..<3 {
        let word = words.randomElement(using: &generator)!
        let bits = UInt64.random(in: 0..<64, using: &generator)
        queue.ring[testing: word] ^= 1 << bits
      }
      exercise(queue, producer, consumer, batch)
    }
  }

  /// Every operation once. What it says does not matter; that it comes back does.
  private func exercise(
    _ queue: TestQueue, _ producer: EndpointState, _ consumer: EndpointState, _ batch: Delivery
  ) {
    let ring = queue.ring
    die(holding: ring.testingGetLock)
    _ = ring.statistics
    _ = queue.put([1, 2, 3], as: producer)
    for hasReaped in [false, true] {
      let outcome = ring.take(
        upTo: 3, as: consumer, preferring: 0, hasReaped: hasReaped, .forever)
      if case .taken(let delivery) = outcome {
        _ = queue.bytes(delivery)
        _ = ring.discardUndecodable(delivery, text: "x", .forever)
      }
    }
    _ = queue.bytes(batch)
    _ = ring.reject(batch, as: consumer)
    _ = ring.acknowledge(batch, delivering: false)
    _ = try? queue.letters()
    _ = ring.requeueOldestDeadLetter(.forever)
    _ = ring.acknowledged(.forever)
    die(holding: ring.testingRegistryLock)
    _ = ring.reap(.forever)
    _ = ring.register(.consumer, .forever)
    _ = try? ring.reserveAnotherBuffer()
    _ = ring.release(consumer, .forever)
    _ = ring.discardDeadLetters(.forever)
    _ = ring.cancel(.forever)
    _ = (ring.count, ring.isFull, ring.isHalfEmpty, ring.isDrained)
    #expect(ring.lifecycle.isCancelled)
  }
}
