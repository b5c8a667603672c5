import RingBuffer
import SharedMemory
import TestSupport
import Testing

@Suite struct RejectTests {
  @Test func `a rejected item is offered to whoever asks next`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    let delivery = try queue.batch(["a"], by: first)
    #expect(queue.ring.reject(delivery, as: first))
    #expect(queue.ring[testing: .hint] == 1)
    let again = try queue.mustTake(as: second)
    #expect(queue.texts(again) == ["a"])
    #expect(again.attempt == 2)
  }

  @Test func `a consumer may get its own rejected item back`() throws {
    let queue = try TestQueue()
    let consumer = try queue.consumer()
    #expect(queue.ring.reject(try queue.batch(["a"], by: consumer), as: consumer))
    let again = try queue.mustTake(as: consumer)
    #expect(again.attempt == 2)
    try queue.finish(again)
  }

  @Test func `a rejected batch comes back one by one`() throws {
    let queue = try TestQueue()
    let consumer = try queue.consumer()
    #expect(queue.ring.reject(try queue.batch(["a", "b"], by: consumer), as: consumer))
    let first = try queue.mustTake(upTo: 9, as: consumer)
    #expect(queue.texts(first) == ["a"])
    guard case .next(let second) = queue.ring.acknowledge(first, delivering: true) else {
      throw Unexpected("no next")
    }
    #expect(queue.texts(second) == ["b"])
    try queue.finish(second)
  }

  @Test func `a released item comes back as if it had not been delivered, however often`() throws {
    let queue = try TestQueue(maxDeliveries: 2)
    let consumer = try queue.consumer()
    var delivery = try queue.batch(["a"], by: consumer)
    for _ in 1...5 {
      #expect(delivery.attempt == 1)
      #expect(queue.ring.reject(delivery, as: consumer, uncounted: true))
      delivery = try queue.mustTake(as: consumer)
    }
    #expect(queue.ring.reject(delivery, as: consumer))
    delivery = try queue.mustTake(as: consumer)
    for _ in 1...5 {
      #expect(delivery.attempt == 2)
      #expect(queue.ring.reject(delivery, as: consumer, uncounted: true))
      delivery = try queue.mustTake(as: consumer)
    }
    #expect(queue.ring.reject(delivery, as: consumer))
    #expect(queue.take(as: consumer) == .empty)
    #expect(try queue.letters().map(\.attempts) == [2])
  }

  @Test func `a released batch's items have the attempts that each had before`() throws {
    for uncounted in [true, false] {
      let queue = try TestQueue()
      let consumer = try queue.consumer()
      let batch = try queue.batch(["a", "b", "c"], by: consumer)
      #expect(queue.ring.reject(batch, as: consumer, uncounted: uncounted))
      let before = uncounted ? 0 : 1
      let first = try queue.mustTake(upTo: 9, as: consumer)
      #expect(queue.texts(first) == ["a"] && first.attempt == before + 1)
      guard case .next(let second) = queue.ring.acknowledge(first, delivering: true) else {
        throw Unexpected("no next")
      }
      #expect(queue.texts(second) == ["b"] && second.attempt == before + 1)
      #expect(queue.ring.reject(second, as: consumer, uncounted: true))
      let again = try queue.mustTake(as: consumer)
      #expect(queue.texts(again) == ["b"] && again.attempt == before + 1)
      guard case .next(let third) = queue.ring.acknowledge(again, delivering: true) else {
        throw Unexpected("no next")
      }
      #expect(queue.texts(third) == ["c"] && third.attempt == before + 1)
      try queue.finish(third)
    }
  }

  /// A consumer takes a, b and c, gives them back uncounted, gets a again, and dies.
  private func dieWithTheFirstOfAReleasedBatch(_ queue: borrowing TestQueue) throws {
    let consumer = try queue.consumer()
    let batch = try queue.batch(["a", "b", "c"], by: consumer)
    #expect(queue.ring.reject(batch, as: consumer, uncounted: true))
    #expect(queue.texts(try queue.mustTake(as: consumer)) == ["a"])
    try queue.bury(consumer)
  }

  @Test func `whoever dies with a released batch's first item costs the others no attempt`() throws
  {
    let queue = try TestQueue(maxDeliveries: 1)
    let second = try queue.consumer()
    try dieWithTheFirstOfAReleasedBatch(queue)
    var delivery = try queue.mustTake(as: second)
    #expect(queue.texts(delivery) == ["b"] && delivery.attempt == 1)
    #expect(try queue.letters().map(\.text) == ["a"])
    // Also after the next one, which came by an acknowledgement or by an adoption.
    try queue.bury(second)
    let third = try queue.consumer()
    delivery = try queue.mustTake(as: third)
    #expect(queue.texts(delivery) == ["c"] && delivery.attempt == 1)
    #expect(try queue.letters().map(\.text) == ["a", "b"])
    try queue.finish(delivery)
  }

  @Test func `an item that is delivered by an acknowledgement costs those behind it no attempt`()
    throws
  {
    let queue = try TestQueue(maxDeliveries: 1)
    let (first, second) = (try queue.consumer(), try queue.consumer())
    let batch = try queue.batch(["a", "b", "c"], by: first)
    // As where the second item turned out to be spoiled.
    guard case .next = queue.ring.acknowledge(batch.cut(to: 1), delivering: true) else {
      throw Unexpected("no next")
    }
    try queue.bury(first)
    let delivery = try queue.mustTake(as: second)
    #expect(queue.texts(delivery) == ["c"] && delivery.attempt == 1)
    #expect(try queue.letters().map(\.text) == ["b"])
  }

  @Test func `at most once drops of a released batch only what was delivered`() throws {
    let queue = try TestQueue(isAtMostOnce: true)
    let second = try queue.consumer()
    try dieWithTheFirstOfAReleasedBatch(queue)
    let delivery = try queue.mustTake(as: second)
    #expect(queue.texts(delivery) == ["b"] && delivery.attempt == 1)
    guard case .next(let last) = queue.ring.acknowledge(delivery, delivering: true) else {
      throw Unexpected("no next")
    }
    #expect(queue.texts(last) == ["c"])
    try queue.finish(last)
    #expect(queue.take(as: second) == .empty)
  }

  @Test func `an item is rejected once`() throws {
    let queue = try TestQueue()
    let consumer = try queue.consumer()
    let delivery = try queue.batch(["a"], by: consumer)
    #expect(queue.ring.reject(delivery, as: consumer))
    #expect(!queue.ring.reject(delivery, as: consumer))
    #expect(queue.ring.acknowledge(delivery, delivering: false) == .lost)
  }

  @Test func `an item that is always rejected becomes a dead letter`() throws {
    let queue = try TestQueue(maxDeliveries: 3)
    let consumer = try queue.consumer()
    var delivery = try queue.batch(["a"], by: consumer)
    for attempt in 1...3 {
      #expect(delivery.attempt == attempt)
      #expect(queue.ring.reject(delivery, as: consumer))
      guard case .taken(let next) = queue.take(as: consumer) else { break }
      delivery = next
    }
    #expect(queue.take(as: consumer) == .empty)
    #expect(try queue.letters().map(\.attempts) == [3])
  }
}
