import RingBuffer
import SharedMemory
import Synchronization
import TestSupport
import Testing

@Suite struct RegistryTests {
  @Test func `1,024 endpoints can be open, and not one more`() throws {
    let queue = try TestQueue(maxEndpoints: 1024)
    let endpoints = try (0..<1024).map { try queue.open($0 % 2 == 0 ? .producer : .consumer) }
    #expect(Set(endpoints.map(\.slot)).count == 1024)
    guard case .tooMany(limit: 1024) = queue.ring.register(.producer, .forever) else {
      throw Unexpected("one more was let in")
    }
    #expect(queue.ring.lifecycle.producers == 512)
    #expect(queue.ring.lifecycle.consumers == 512)
    try queue.close(endpoints[700])
    #expect(try queue.producer().slot == 700)
  }

  @Test func `handles do not use up endpoints`() throws {
    let queue = try TestQueue(maxEndpoints: 1)
    let handles = try (0..<256).map { _ in try queue.open(.handle) }
    guard case .tooMany(limit: 256) = queue.ring.register(.handle, .forever) else {
      throw Unexpected("one more was let in")
    }
    _ = try queue.producer()
    #expect(queue.ring.lifecycle.handles == handles.count)
  }

  @Test func `a slot is used again with another generation`() throws {
    let queue = try TestQueue()
    var generations: Set<UInt32> = []
    for _ in 0..<100 {
      let endpoint = try queue.producer()
      #expect(endpoint.slot == 0)
      #expect(endpoint.testingGeneration % 2 == 1)
      generations.insert(endpoint.testingGeneration)
      try queue.close(endpoint)
    }
    #expect(generations.count == 100)
  }

  @Test func `generations begin again after 2^20, and stay odd while open`() throws {
    let queue = try TestQueue()
    queue.ring[testing: .slotWord(0)] = UInt64((1 << 20) - 2) << 1
    let last = try queue.producer()
    #expect(last.testingGeneration == (1 << 20) - 1)
    try queue.close(last)
    #expect(queue.ring[testing: .slotWord(0)] == 0)
    #expect(try queue.producer().testingGeneration == 1)
  }

  @Test func `each kind is counted`() throws {
    let queue = try TestQueue()
    let (producer, consumer, handle) = (
      try queue.producer(), try queue.consumer(), try queue.open(.handle)
    )
    let life = queue.ring.lifecycle
    #expect(life.producers == 1 && life.consumers == 1 && life.handles == 1)
    for endpoint in [producer, consumer, handle] {
      #expect(try queue.close(endpoint).wakesAll)
    }
    let after = queue.ring.lifecycle
    #expect(after.producers == 0 && after.consumers == 0 && after.handles == 0)
  }

  @Test func `closing twice counts once`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.producer(), try queue.producer())
    #expect(try !queue.close(first).wakesAll)
    #expect(try queue.close(first) == .nothing)
    #expect(queue.ring.lifecycle.producers == 1)
    #expect(queue.put([1], as: first) == .refused(.closed))
    #expect(queue.put([1], as: second) == .accepted(1))
  }

  @Test func `an old endpoint does not close the one that has its slot now`() throws {
    let queue = try TestQueue()
    let old = try queue.producer()
    try queue.close(old)
    let new = try queue.producer()
    #expect(new.slot == old.slot)
    try queue.close(old)
    #expect(queue.put([1], as: old) == .refused(.closed))
    #expect(queue.put([1], as: new) == .accepted(1))
  }

  @Test func `an endpoint that is closing refuses, and passing the put lock ends all puts`() throws
  {
    let queue = try TestQueue()
    let producer = try queue.producer()
    producer.isClosing.store(true, ordering: .sequentiallyConsistent)
    #expect(queue.ring.passThroughPutLock(.forever) == nil)
    #expect(queue.put([1], as: producer) == .refused(.closed))
  }

  @Test func `a closed queue refuses producers, and takes consumers`() throws {
    let queue = try TestQueue()
    let producer = try queue.producer()
    #expect(queue.ring.close(.forever) == nil)
    guard case .queueClosed = queue.ring.register(.producer, .forever) else {
      throw Unexpected("a producer was let in")
    }
    #expect(queue.put([1], as: producer) == .accepted(1))
    _ = try queue.mustTake(as: try queue.consumer())
  }

  @Test func `the last handle closes the queue`() throws {
    let queue = try TestQueue(isPersistent: false)
    let handles = [try queue.open(.handle), try queue.open(.handle)]
    try queue.close(handles[0])
    #expect(!queue.ring.lifecycle.isClosed)
    #expect(try queue.close(handles[1]).wakesAll)
    #expect(queue.ring.lifecycle.isClosed)
  }

  @Test func `a persistent queue stays open without a handle`() throws {
    let queue = try TestQueue(isPersistent: true)
    try queue.close(try queue.open(.handle))
    #expect(!queue.ring.lifecycle.isClosed)
  }

  @Test func `a consumer gets storage for a buffer, and more consumers more`() throws {
    let queue = try TestQueue()
    #expect(queue.ring[testing: .reservedBuffers] == 0)
    let first = try queue.consumer()
    let second = try queue.consumer()
    #expect(queue.ring[testing: .reservedBuffers] == 2)
    try queue.close(first)
    _ = try queue.consumer()
    #expect(queue.ring[testing: .reservedBuffers] == 2)
    try queue.close(second)
  }

  @Test func `a registry whose lock is held in time is refused`() throws {
    let queue = try TestQueue()
    let producer = try queue.producer()
    try whileHeld(queue.ring.testingRegistryLock) {
      guard case .refused(.lockTimedOut) = queue.ring.register(.producer, .once) else {
        throw Unexpected("registered without the lock")
      }
      #expect(throws: RefusalError.self) {
        try queue.ring.release(producer, .once).get()
      }
      queue.ring.abandon(producer)
    }
    #expect(queue.ring.lifecycle.producers == 1)
    _ = try queue.ring.reap(.forever).get()
    #expect(queue.ring.lifecycle.producers == 0)
  }

  @Test func `an abandoned endpoint is closed, not lost`() throws {
    let queue = try TestQueue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    queue.ring.abandon(producer)
    queue.ring.abandon(consumer)
    _ = try queue.ring.reap(.forever).get()
    #expect(queue.ring.lifecycle.producers == 0 && queue.ring.lifecycle.consumers == 0)
    #expect(!queue.ring.lifecycle.lostLastConsumers)
    #expect(queue.ring.statistics.lostProducers == 0 && queue.ring.statistics.lostConsumers == 0)
  }
}

/// Counting again after a process died with the registry lock.
@Suite struct RecountTests {
  @Test func `a death between the slot and the count is made good`() throws {
    let queue = try TestQueue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    // Opening and closing, each without the second store.
    let before = queue.ring[testing: .lifecycle]
    _ = try queue.producer()
    queue.ring[testing: .lifecycle] = before
    die(holding: queue.ring.testingRegistryLock)
    _ = try queue.open(.handle)
    #expect(queue.ring.lifecycle.producers == 2)
    #expect(queue.ring.lifecycle.consumers == 1)
    #expect(queue.ring.lifecycle.handles == 1)

    let open = queue.ring[testing: .lifecycle]
    try queue.close(consumer)
    queue.ring[testing: .lifecycle] = open
    die(holding: queue.ring.testingRegistryLock)
    try queue.close(producer)
    #expect(queue.ring.lifecycle.producers == 1)
    #expect(queue.ring.lifecycle.consumers == 0)
  }

  @Test func `a death between the slot and the hint is made good`() throws {
    let queue = try TestQueue()
    let (dying, heir) = (try queue.consumer(), try queue.consumer())
    _ = try queue.batch(["a"], by: dying)
    try queue.bury(dying)
    queue.ring[testing: .hint] = 0
    #expect(queue.take(as: heir) == .empty)
    die(holding: queue.ring.testingRegistryLock)
    _ = try queue.ring.reap(.forever).get()
    #expect(queue.texts(try queue.mustTake(as: heir)) == ["a"])
  }

  @Test func `closed and cancelled survive a recount`() throws {
    let queue = try TestQueue()
    _ = queue.ring.close(.forever)
    die(holding: queue.ring.testingRegistryLock)
    _ = try queue.ring.reap(.forever).get()
    #expect(queue.ring.lifecycle.isClosed)
    _ = queue.ring.cancel(.forever)
    die(holding: queue.ring.testingRegistryLock)
    _ = try queue.ring.reap(.forever).get()
    #expect(queue.ring.lifecycle.isCancelled)
  }

  @Test func `a death after the last handle's slot closes the queue`() throws {
    let queue = try TestQueue(isPersistent: false)
    let handle = try queue.open(.handle)
    let before = queue.ring[testing: .lifecycle]
    try queue.close(handle)
    queue.ring[testing: .lifecycle] = before
    die(holding: queue.ring.testingRegistryLock)
    _ = try queue.ring.reap(.forever).get()
    #expect(queue.ring.lifecycle.isClosed)
  }
}

/// Who owns an endpoint, and who may change that.
@Suite struct HandOverTests {
  private let parent = ProcessIdentity.current
  private let child = TestQueue.deadProcess

  @Test func `parent and child may both hand an endpoint over`() throws {
    let queue = try TestQueue()
    let producer = try queue.producer()
    #expect(queue.ring.handOver(producer, from: parent, to: child, .forever) == nil)
    #expect(queue.ring.handOver(producer, from: parent, to: child, .forever) == nil)
    #expect(queue.ring[testing: .slotOwner(producer.slot)] == child.rawValue)
  }

  @Test func `an endpoint that was handed over names the process that has it`() throws {
    let queue = try TestQueue()
    let (producer, consumer) = (try queue.producer(), try queue.consumer())
    for endpoint in [producer, consumer] {
      #expect(queue.ring.handOver(endpoint, from: parent, to: child, .forever) == nil)
    }
    #expect(queue.put([1], as: producer) == .refused(.takenBy(child)))
    #expect(queue.take(as: consumer) == .refused(.takenBy(child)))
  }

  @Test func `a process that does not own an endpoint does not close it`() throws {
    let queue = try TestQueue()
    let producer = try queue.producer()
    #expect(queue.ring.handOver(producer, from: parent, to: child, .forever) == nil)
    try queue.close(producer)
    #expect(queue.ring.lifecycle.producers == 1)
  }

  @Test func `a third process is refused`() throws {
    let queue = try TestQueue()
    let producer = try queue.producer()
    let third = ProcessIdentity(rawValue: 42)
    #expect(queue.ring.handOver(producer, from: third, to: child, .forever) == .takenBy(parent))
  }

  @Test func `a closed endpoint is not handed over, also when its slot has another one`() throws {
    let queue = try TestQueue()
    let old = try queue.producer()
    try queue.close(old)
    #expect(queue.ring.handOver(old, from: parent, to: child, .forever) == .closed)
    let new = try queue.producer()
    #expect(queue.ring.handOver(old, from: parent, to: child, .forever) == .closed)
    #expect(queue.put([1], as: new) == .accepted(1))
  }

  @Test func `a child that takes a consumer has a buffer beside its parent's`() throws {
    let queue = try TestQueue()
    let consumer = try queue.consumer()
    let parents = try queue.batch(["a"], by: consumer)
    try queue.put("b", as: try queue.producer())
    // The parent of this process would be another one; here it is the dead one.
    queue.ring[testing: .slotOwner(consumer.slot)] = child.rawValue
    #expect(queue.ring.handOver(consumer, from: child, to: parent, .forever) == nil)
    let own = try queue.mustTake(as: consumer)
    #expect(own.buffer != parents.buffer)
    try queue.finish(own)
    #expect(try queue.close(consumer).leftItem)
    #expect(queue.texts(try queue.mustTake(as: try queue.consumer())) == ["a"])
  }
}
