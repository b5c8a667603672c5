import RingBuffer
import SharedMemory
import TestSupport
import Testing

/// What becomes of the items of a consumer that has gone.
@Suite struct AdoptionTests {
  @Test func `an orphan is delivered again in place with attempt + 1`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    let lost = try queue.batch(["a"], by: first)
    #expect(lost.attempt == 1)
    try queue.bury(first)
    let delivery = try queue.mustTake(as: second)
    #expect(queue.texts(delivery) == ["a"])
    #expect(delivery.attempt == 2)
    #expect(delivery.buffer == lost.buffer)
    #expect(queue.ring.statistics.redelivered == 1)
    try queue.finish(delivery)
    #expect(queue.take(as: second) == .empty)
  }

  @Test func `an orphan comes before what waits in the ring`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    _ = try queue.batch(["a"], by: first)
    try queue.put("b", as: try queue.producer())
    try queue.bury(first)
    #expect(queue.texts(try queue.mustTake(as: second)) == ["a"])
  }

  @Test func `what a living consumer holds is given to nobody else`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    let held = try queue.batch(["a"], by: first)
    _ = try queue.ring.reap(.forever).get()
    queue.ring[testing: .hint] = 1
    #expect(queue.take(as: second, hasReaped: true) == .empty)
    try queue.finish(held)
  }

  @Test func `items of an adopted buffer come one by one`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    #expect(try queue.batch(["a", "b", "c"], by: first).delivered == 3)
    try queue.bury(first)
    var delivery = try queue.mustTake(upTo: 9, as: second)
    for text in ["a", "b", "c"] {
      #expect(queue.texts(delivery) == [text])
      #expect(delivery.attempt == 2)
      let outcome = queue.ring.acknowledge(delivery, delivering: true)
      if text == "c" {
        #expect(outcome == .finished)
      } else {
        guard case .next(let next) = outcome else { throw Unexpected("\(outcome)") }
        delivery = next
      }
    }
    #expect(queue.take(as: second) == .empty)
  }

  @Test func `acknowledging an adopted item offers the rest with attempt 1 behind it`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    _ = try queue.batch(["a", "b", "c"], by: first)
    try queue.bury(first)
    let delivery = try queue.mustTake(as: second)
    guard case .rest(let rest) = queue.ring.acknowledge(delivery, delivering: false) else {
      throw Unexpected("no rest")
    }
    #expect(rest.delivered == 0)
    #expect(queue.texts(rest) == [])
    #expect(queue.mark(rest.buffer).testingParts.attempts == 1)
    #expect(queue.mark(rest.buffer).testingParts.cursor == 1)
    guard case .next(let next) = queue.ring.acknowledge(rest, delivering: true) else {
      throw Unexpected("no next")
    }
    #expect(queue.texts(next) == ["b"])
    #expect(next.attempt == 2)
  }

  @Test func `the rest that an adopter never delivered goes on with attempt 2`() throws {
    let queue = try TestQueue()
    let (first, second, third) = (
      try queue.consumer(), try queue.consumer(), try queue.consumer()
    )
    _ = try queue.batch(["a", "b"], by: first)
    try queue.bury(first)
    let delivery = try queue.mustTake(as: second)
    guard case .rest = queue.ring.acknowledge(delivery, delivering: false) else {
      throw Unexpected("no rest")
    }
    #expect(try queue.close(second).leftItem)
    let last = try queue.mustTake(as: third)
    #expect(queue.texts(last) == ["b"])
    #expect(last.attempt == 2)
    try queue.finish(last)
  }

  @Test func `only what was delivered is acknowledged`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    let batch = try queue.batch(["a", "b", "c"], by: first).cut(to: 1)
    #expect(queue.texts(batch) == ["a"])
    guard case .rest = queue.ring.acknowledge(batch, delivering: false) else {
      throw Unexpected("no rest")
    }
    try queue.bury(first)
    let delivery = try queue.mustTake(as: second)
    #expect(queue.texts(delivery) == ["b"])
    #expect(delivery.attempt == 1)
  }

  @Test func `an acknowledgement after a wrong verdict of death is told`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    let mine = try queue.batch(["a"], by: first)
    try queue.bury(first)
    let theirs = try queue.mustTake(as: second)
    #expect(queue.ring.acknowledge(mine, delivering: false) == .lost)
    #expect(!queue.ring.reject(mine, as: first))
    #expect(queue.take(as: first) == .refused(.closed))
    try queue.finish(theirs)
  }

  @Test func `an acknowledgement that came before the adoption counts`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    let mine = try queue.batch(["a"], by: first)
    try queue.bury(first)
    try queue.finish(mine)
    #expect(queue.take(as: second) == .empty)
  }

  @Test func `a recycled slot does not make an orphan look held`() throws {
    let queue = try TestQueue(maxEndpoints: 3)
    let first = try queue.consumer()
    let lost = try queue.batch(["a"], by: first)
    try queue.bury(first)
    let second = try queue.consumer()
    #expect(second.slot == first.slot)
    #expect(second.testingGeneration != first.testingGeneration)
    let delivery = try queue.mustTake(as: second)
    #expect(delivery.buffer == lost.buffer)
    #expect(delivery.attempt == 2)
  }

  @Test func `every orphan is found, not only the first`() throws {
    let queue = try TestQueue()
    let dying = try (0..<4).map { _ in try queue.consumer() }
    let heir = try queue.consumer()
    for (number, consumer) in dying.enumerated() {
      _ = try queue.batch(["\(number)"], by: consumer)
    }
    for consumer in dying { queue.kill(consumer) }
    _ = try queue.ring.reap(.forever).get()
    var texts: Set<String> = []
    for _ in dying {
      let delivery = try queue.mustTake(as: heir)
      texts.formUnion(queue.texts(delivery))
      try queue.finish(delivery)
    }
    #expect(texts == ["0", "1", "2", "3"])
    #expect(queue.take(as: heir) == .empty)
    #expect(queue.ring[testing: .hint] == 0)
  }

  @Test func `an item whose consumer closes without acknowledging goes to another one`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    _ = try queue.batch(["a"], by: first)
    #expect(try queue.close(first).leftItem)
    #expect(queue.texts(try queue.mustTake(as: second)) == ["a"])
  }

  @Test func `closing says what is left even if the caller does not know`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    _ = try queue.batch(["a"], by: first)
    #expect(try queue.close(first).leftItem)
    #expect(queue.texts(try queue.mustTake(as: second)) == ["a"])
  }

  @Test func `with at most once an orphan is dropped`() throws {
    let queue = try TestQueue(isAtMostOnce: true)
    let (first, second) = (try queue.consumer(), try queue.consumer())
    _ = try queue.batch(["a", "b"], by: first)
    try queue.bury(first)
    #expect(queue.take(as: second) == .empty)
    #expect(queue.ring.acknowledged(.forever) == .all)
    #expect(try queue.letters() == [])
  }

  @Test func `with at most once an item behind an undecodable one still comes`() throws {
    let queue = try TestQueue(isAtMostOnce: true)
    let consumer = try queue.consumer()
    let batch = try queue.batch(["?", "b", "c"], by: consumer)
    #expect(queue.ring.discardUndecodable(batch, text: "bad", .forever) == nil)
    let delivery = try queue.mustTake(as: consumer)
    #expect(queue.texts(delivery) == ["b"])
    guard case .rest = queue.ring.acknowledge(delivery, delivering: false) else {
      throw Unexpected("no rest")
    }
    try queue.close(consumer)
    #expect(queue.texts(try queue.mustTake(as: try queue.consumer())) == ["c"])
  }
}
