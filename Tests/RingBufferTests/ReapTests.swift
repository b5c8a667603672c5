import RingBuffer
import SharedMemory
import TestSupport
import Testing

@Suite struct ReapTests {
  private func give(_ endpoint: EndpointState, to process: ProcessIdentity, _ queue: TestQueue) {
    #expect(queue.ring.handOver(endpoint, from: .current, to: process, .forever) == nil)
  }

  @Test(.timeLimit(.minutes(10)))
  func `reaping frees the slots of a zombie`() throws {
    let queue = try TestQueue()
    let (producer, consumer, handle, mine) = (
      try queue.producer(), try queue.consumer(), try queue.open(.handle), try queue.consumer()
    )
    _ = try queue.batch(["a"], by: consumer)
    let child = try Child("/bin/true")
    for endpoint in [producer, consumer, handle] { give(endpoint, to: child.identity, queue) }
    child.awaitEnd()
    #expect(try queue.ring.reap(.forever).get().wakesAll)
    let life = queue.ring.lifecycle
    #expect(life.producers == 0 && life.consumers == 1 && life.handles == 0)
    #expect(queue.ring.statistics.lostProducers == 1)
    #expect(queue.ring.statistics.lostConsumers == 1)
    #expect(queue.texts(try queue.mustTake(as: mine)) == ["a"])
    #expect(try queue.ring.reap(.forever).get() == .nothing)
  }

  @Test(.timeLimit(.minutes(10)))
  func `nothing is taken from a stopped process`() throws {
    let queue = try TestQueue()
    let (consumer, mine) = (try queue.consumer(), try queue.consumer())
    _ = try queue.batch(["a"], by: consumer)
    let child = try Child("/bin/sleep", "1000")
    give(consumer, to: child.identity, queue)
    child.stop()
    #expect(try queue.ring.reap(.forever).get() == .nothing)
    #expect(queue.take(as: mine, hasReaped: true) == .empty)
    child.kill()
    #expect(try queue.ring.reap(.forever).get().wakesAll)
    #expect(queue.texts(try queue.mustTake(as: mine)) == ["a"])
  }

  @Test func `a process whose id was reused is reaped`() throws {
    let queue = try TestQueue()
    let producer = try queue.producer()
    give(producer, to: TestQueue.deadProcess, queue)
    #expect(try queue.ring.reap(.forever).get().wakesAll)
    #expect(queue.ring.lifecycle.producers == 0)
  }

  @Test func `what lives is not reaped`() throws {
    let queue = try TestQueue()
    let endpoints = [try queue.producer(), try queue.consumer(), try queue.open(.handle)]
    #expect(try queue.ring.reap(.forever).get() == .nothing)
    #expect(queue.put([1], as: endpoints[0]) == .accepted(1))
  }

  @Test func `the death of the last consumers is remembered until one comes`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    try queue.bury(first)
    #expect(!queue.ring.lifecycle.isWithoutConsumers)
    try queue.bury(second)
    #expect(queue.ring.lifecycle.isWithoutConsumers)
    let third = try queue.consumer()
    #expect(!queue.ring.lifecycle.isWithoutConsumers)
    try queue.close(third)
    #expect(!queue.ring.lifecycle.isWithoutConsumers)
    _ = queue.ring.close(.forever)
    #expect(queue.ring.lifecycle.isWithoutConsumers)
  }

  @Test func `the death of the last handle closes the queue`() throws {
    let queue = try TestQueue(isPersistent: false)
    let handle = try queue.open(.handle)
    try queue.bury(handle)
    #expect(queue.ring.lifecycle.isClosed)
  }

  @Test func `one process reaps per interval`() throws {
    let queue = try TestQueue()
    let start = Deadline(nanoseconds: 1_000_000_000_000)
    #expect(queue.ring.takesTurnToReap(at: start))
    #expect(!queue.ring.takesTurnToReap(at: start))
    let later = Deadline(nanoseconds: start.nanoseconds + Ring.reapInterval)
    #expect(queue.ring.takesTurnToReap(at: later))
    #expect(!queue.ring.takesTurnToReap(at: later))
  }

  @Test func `whoever wakes to look reaps, unless somebody just did`() throws {
    let queue = try TestQueue()
    let start = Deadline(nanoseconds: 1_000_000_000_000)
    #expect(queue.ring.takesTurnToReap(at: start))
    let least = Ring.leastReapInterval
    let soon = Deadline(nanoseconds: start.nanoseconds + least - 1)
    #expect(!queue.ring.takesTurnToReap(at: soon, after: least))
    let then = Deadline(nanoseconds: start.nanoseconds + least)
    #expect(!queue.ring.takesTurnToReap(at: then))
    #expect(queue.ring.takesTurnToReap(at: then, after: least))
  }

  @Test func `a stamp from the future does not stop all reaping`() throws {
    let queue = try TestQueue()
    queue.ring[testing: .lastReap] = .max
    #expect(queue.ring.takesTurnToReap(at: .now))
  }

  @Test func `slots and buffers of the dead are used again, 100,000 times`() throws {
    let queue = try TestQueue(maxEndpoints: 2)
    let producer = try queue.producer()
    for _ in 0..<100_000 {
      let consumer = try queue.consumer()
      queue.put([1], as: producer)
      guard case .taken(let delivery) = queue.take(as: consumer),
        case .finished = queue.ring.acknowledge(delivery, delivering: false)
      else { throw Unexpected("no item") }
      try queue.bury(consumer)
    }
    #expect(queue.ring[testing: .reservedBuffers] == 1)
    #expect(queue.ring.statistics.lostConsumers == 100_000)
  }
}
