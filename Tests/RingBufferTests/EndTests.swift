import RingBuffer
import SharedMemory
import TestSupport
import Testing

/// When a consumer is told that nothing can come any more.
@Suite struct EndTests {
  @Test func `an open queue does not end`() throws {
    let queue = try TestQueue()
    #expect(queue.take(as: try queue.consumer()) == .empty)
  }

  @Test func `a closed queue with a producer does not end`() throws {
    let queue = try TestQueue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    #expect(queue.ring.close(.forever) == nil)
    #expect(queue.take(as: consumer) == .empty)
    try queue.put("a", as: producer)
    try queue.close(producer)
    let delivery = try queue.mustTake(as: consumer)
    try queue.finish(delivery)
    #expect(queue.take(as: consumer) == .ended)
  }

  @Test func `done is not told before the dead were looked for`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    _ = try queue.batch(["a"], by: first)
    #expect(queue.ring.close(.forever) == nil)
    #expect(queue.take(as: second) == .reapFirst)
    queue.kill(first)
    _ = try queue.ring.reap(.forever).get()
    guard case .taken(let delivery) = queue.take(as: second, hasReaped: true) else {
      throw Unexpected("the item of the dead consumer was left behind")
    }
    #expect(queue.texts(delivery) == ["a"])
    try queue.finish(delivery)
    #expect(queue.take(as: second, hasReaped: true) == .ended)
  }

  @Test func `the scan before done does not depend on the hint`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    _ = try queue.batch(["a"], by: first)
    #expect(queue.ring.close(.forever) == nil)
    try queue.bury(first)
    queue.ring[testing: .hint] = 0
    #expect(queue.take(as: second) == .reapFirst)
    guard case .taken = queue.take(as: second, hasReaped: true) else {
      throw Unexpected("the orphan was left behind")
    }
  }

  @Test func `done does not wait for what another consumer holds`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    let held = try queue.batch(["a"], by: first)
    #expect(queue.ring.close(.forever) == nil)
    #expect(queue.take(as: second) == .reapFirst)
    _ = try queue.ring.reap(.forever).get()
    #expect(queue.take(as: second, hasReaped: true) == .ended)
    try queue.finish(held)
    #expect(queue.take(as: second) == .ended)
  }

  @Test func `nobody holds anything, so done needs no reaping`() throws {
    let queue = try TestQueue()
    let consumer = try queue.consumer()
    #expect(queue.ring.close(.forever) == nil)
    #expect(queue.take(as: consumer) == .ended)
  }

  @Test func `a dead producer ends the stream when it is reaped`() throws {
    let queue = try TestQueue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    #expect(queue.ring.close(.forever) == nil)
    queue.kill(producer)
    #expect(queue.take(as: consumer) == .empty)
    let change = try queue.ring.reap(.forever).get()
    #expect(change.wakesAll)
    #expect(queue.take(as: consumer) == .ended)
    #expect(queue.ring.lostProducerCount == 1)
  }

  @Test func `everything is acknowledged when the ring is empty and no buffer is held`() throws {
    let queue = try TestQueue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    #expect(queue.ring.acknowledged(.forever) == .all)
    try queue.put("a", as: producer)
    #expect(queue.ring.acknowledged(.forever) == .notYet)
    let delivery = try queue.mustTake(as: consumer)
    #expect(queue.ring.acknowledged(.forever) == .heldHere)
    let owner = queue.ring[testing: .slotOwner(consumer.slot)]
    queue.ring[testing: .slotOwner(consumer.slot)] = TestQueue.deadProcess.rawValue
    #expect(queue.ring.acknowledged(.forever) == .notYet)
    queue.ring[testing: .slotOwner(consumer.slot)] = owner
    try queue.finish(delivery)
    #expect(queue.ring.acknowledged(.forever) == .all)
  }

  @Test func `cancelling refuses everybody and drops what is left`() throws {
    let queue = try TestQueue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    try queue.put("a", as: producer)
    #expect(queue.ring.cancel(.forever) == nil)
    #expect(queue.put([1], as: producer) == .refused(.cancelled))
    #expect(queue.take(as: consumer) == .refused(.cancelled))
    #expect(queue.ring.count == 0)
    guard case .refused(.cancelled) = queue.ring.register(.consumer, .forever) else {
      throw Unexpected("a cancelled queue let a consumer in")
    }
  }
}
