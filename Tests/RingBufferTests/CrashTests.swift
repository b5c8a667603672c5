import RingBuffer
import SharedMemory
import TestSupport
import Testing

/// A process dies between two stores of an operation, with the lock held.
///
/// Each test runs the operation whole, takes back all of its stores from a certain one on, and lets
/// a thread die with the lock: what is left is what a crash leaves. The stores are named in the
/// order of the code; the last one is the commit.
@Suite struct CrashTests {
  /// What another consumer gets until nothing is left, each item acknowledged at once.
  private func drain(_ queue: TestQueue) throws -> [String] {
    let consumer = try queue.consumer()
    var texts: [String] = []
    while case .taken(var delivery) = queue.take(upTo: 2, as: consumer, hasReaped: true) {
      while true {
        texts += queue.texts(delivery)
        guard case .next(let next) = queue.ring.acknowledge(delivery, delivering: true) else {
          break
        }
        delivery = next
      }
    }
    #expect(queue.ring.acknowledged(.forever) == .all)
    return texts
  }

  /// Runs `operation`, then takes back its stores from the one with index `kept` on.
  private func interrupt(
    _ queue: TestQueue, after kept: Int, of stores: [TestingWord], _ operation: () throws -> Void
  ) rethrows {
    let before = stores.map { queue.ring[testing: $0] }
    try operation()
    for index in kept..<stores.count { queue.ring[testing: stores[index]] = before[index] }
  }

  @Test(arguments: 0...4, [1, 3])
  func `a death in take delivers nothing twice and loses nothing`(kept: Int, count: Int) throws {
    let queue = try TestQueue()
    let (producer, dying) = (try queue.producer(), try queue.consumer())
    // An earlier round, so that the words hold something.
    try queue.put("before", as: producer)
    try queue.finish(try queue.mustTake(as: dying))
    for number in 0..<5 { try queue.put("\(number)", as: producer) }
    try interrupt(queue, after: kept, of: [.end(0), .filling, .mark(0), .head]) {
      _ = try queue.mustTake(upTo: count, as: dying)
    }
    die(holding: queue.ring.testingGetLock)
    try queue.bury(dying)
    #expect(try drain(queue) == ["0", "1", "2", "3", "4"])
  }

  @Test(arguments: 0...4)
  func `a death in take leaves what an earlier dead consumer held`(kept: Int) throws {
    let queue = try TestQueue()
    let (producer, first, second) = (
      try queue.producer(), try queue.consumer(), try queue.consumer()
    )
    for number in 0..<3 { try queue.put("\(number)", as: producer) }
    _ = try queue.mustTake(as: first)
    try interrupt(queue, after: kept, of: [.end(1), .filling, .mark(1), .head]) {
      guard case .taken(let delivery) = queue.take(as: second), delivery.buffer == 1 else {
        throw Unexpected("not the second buffer")
      }
    }
    die(holding: queue.ring.testingGetLock)
    try queue.bury(first)
    try queue.bury(second)
    #expect(try drain(queue).sorted() == ["0", "1", "2"])
  }

  @Test func `a death in put leaves nothing`() throws {
    let queue = try TestQueue()
    let producer = try queue.producer()
    try queue.put("a", as: producer)
    try interrupt(queue, after: 0, of: [.tail]) { try queue.put("lost", as: producer) }
    die(holding: queue.ring.testingPutLock)
    try queue.put("b", as: try queue.producer())
    #expect(try drain(queue) == ["a", "b"])
  }

  /// The stores of a burial: the mark is nobody's, the letter is committed, the mark moves on, the
  /// letter is no longer on its way.
  private func interruptBurial(
    _ queue: TestQueue, kept: Int, buffer: Int, nobodys: Mark, _ burial: () throws -> Void
  ) throws {
    let mark = queue.ring[testing: .mark(buffer)]
    let start = queue.ring[testing: .deadLastEnd]
    try burial()
    let rest = queue.ring[testing: .mark(buffer)]
    let end = queue.ring[testing: .deadLastEnd] & 0xFFFF_FFFF
    #expect(rest != nobodys.rawValue)
    queue.ring[testing: .mark(buffer)] =
      switch kept {
      case 0: mark
      case 1, 2: nobodys.rawValue
      default: rest
      }
    queue.ring[testing: .deadLastEnd] =
      switch kept {
      case 0, 1: start
      case 2, 3: start << 32 | end
      default: end << 32 | end
      }
  }

  @Test(arguments: 0...4)
  func `a death in a burial makes one letter of one item`(kept: Int) throws {
    let queue = try TestQueue(maxDeliveries: 1)
    let (dying, heir) = (try queue.consumer(), try queue.consumer())
    try queue.writeLetter("an earlier letter")
    _ = try queue.batch(["a", "b"], by: dying)
    try queue.bury(dying)
    let orphan = queue.mark(0).testingParts
    try interruptBurial(
      queue, kept: kept, buffer: 0,
      nobodys: Mark(testingSlot: 0, generation: 0, attempts: orphan.attempts, cursor: 0, count: 2)
    ) {
      let outcome = queue.ring.take(
        upTo: 1, as: heir, preferring: 0, hasReaped: false, .forever)
      #expect(outcome == .again)
    }
    die(holding: queue.ring.testingGetLock)
    #expect(queue.take(as: heir) == .empty)
    #expect(try queue.letters().map(\.text) == ["an earlier letter", "a", "b"])
    #expect(queue.ring.acknowledged(.forever) == .all)
  }

  @Test(arguments: 0...4)
  func `a death while an undecodable item is buried keeps what follows it`(kept: Int) throws {
    let queue = try TestQueue(maxDeliveries: 2)
    let dying = try queue.consumer()
    let batch = try queue.batch(["?", "b"], by: dying)
    try interruptBurial(
      queue, kept: kept, buffer: batch.buffer,
      nobodys: Mark(testingSlot: 0, generation: 0, attempts: 1, cursor: 0, count: 2)
    ) {
      #expect(queue.ring.discardUndecodable(batch, text: "bad", .forever) == nil)
    }
    die(holding: queue.ring.testingGetLock)
    try queue.bury(dying)
    // Before the commit the item is an orphan like others.
    let expected = kept < 2 ? ["?", "b"] : ["b"]
    #expect(try drain(queue) == expected)
    #expect(try queue.letters().map(\.text) == (kept < 2 ? [] : ["?"]))
  }

  @Test(arguments: 0...4)
  func `a death in requeuing leaves the letter or the item`(kept: Int) throws {
    let queue = try TestQueue()
    try queue.writeLetter("a")
    try queue.writeLetter("b")
    interrupt(queue, after: kept, of: [.end(0), .filling, .mark(0), .deadFirst]) {
      #expect(queue.ring.requeueOldestDeadLetter(.forever) == .requeued)
    }
    die(holding: queue.ring.testingGetLock)
    #expect(try drain(queue) == (kept == 4 ? ["a"] : []))
    #expect(try queue.letters().map(\.text) == (kept == 4 ? ["b"] : ["a", "b"]))
  }

  @Test func `a hint that a dying taker cleared is set again`() throws {
    let queue = try TestQueue()
    let (dying, heir) = (try queue.consumer(), try queue.consumer())
    _ = try queue.batch(["a"], by: dying)
    try queue.bury(dying)
    queue.ring[testing: .hint] = 0
    die(holding: queue.ring.testingGetLock)
    #expect(queue.texts(try queue.mustTake(as: heir)) == ["a"])
  }

  @Test func `repairing twice does no harm`() throws {
    let queue = try TestQueue()
    let consumer = try queue.consumer()
    let held = try queue.batch(["a"], by: consumer)
    for _ in 0..<3 { die(holding: queue.ring.testingGetLock) }
    #expect(queue.ring.acknowledged(.forever) == .heldHere)
    try queue.finish(held)
    #expect(queue.ring.acknowledged(.forever) == .all)
  }
}
