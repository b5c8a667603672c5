import RingBuffer
import SharedMemory
import TestSupport
import Testing

@Suite struct DeadLetterTests {
  @Test(arguments: [1, 2, 5])
  func `after maxDeliveries the item becomes a dead letter`(limit: Int) throws {
    let queue = try TestQueue(maxDeliveries: limit)
    var consumer = try queue.consumer()
    var delivery = try queue.batch(["poison"], by: consumer)
    for attempt in 1...limit {
      #expect(delivery.attempt == attempt)
      try queue.bury(consumer)
      consumer = try queue.consumer()
      guard attempt < limit else { break }
      delivery = try queue.mustTake(as: consumer)
    }
    #expect(queue.take(as: consumer) == .empty)
    #expect(
      try queue.letters() == [
        .init(text: "poison", reason: .deliveriesExhausted, attempts: limit, message: "")
      ])
    #expect(queue.ring.acknowledged(.forever) == .all)
    #expect(queue.ring.statistics.deadLetters == 1)
  }

  @Test func `a poisonous item does not take its neighbours along`() throws {
    let queue = try TestQueue(maxDeliveries: 2)
    var consumer = try queue.consumer()
    _ = try queue.batch(["a", "poison", "b"], by: consumer)
    var delivered: [String] = []
    var deaths = 0
    while true {
      try queue.bury(consumer)
      deaths += 1
      consumer = try queue.consumer()
      guard case .taken(var delivery) = queue.take(as: consumer) else { break }
      while queue.texts(delivery) != ["poison"] {
        delivered += queue.texts(delivery)
        guard case .next(let next) = queue.ring.acknowledge(delivery, delivering: true) else {
          break
        }
        delivery = next
      }
      if deaths > 5 { break }
      if queue.ring.acknowledged(.forever) == .all { break }
    }
    #expect(delivered == ["a", "b"])
    #expect(try queue.letters().map(\.text) == ["poison"])
  }

  @Test func `an undecodable item becomes a dead letter with the reason`() throws {
    let queue = try TestQueue()
    let consumer = try queue.consumer()
    let delivery = try queue.batch(["?"], by: consumer)
    #expect(queue.ring.discardUndecodable(delivery, text: "no number", .forever) == nil)
    #expect(
      try queue.letters() == [
        .init(text: "?", reason: .undecodable, attempts: 1, message: "no number")
      ])
    #expect(queue.take(as: consumer) == .empty)
    #expect(queue.ring.acknowledged(.forever) == .all)
  }

  @Test func `what follows an undecodable item is delivered for the first time`() throws {
    let queue = try TestQueue(maxDeliveries: 1)
    let consumer = try queue.consumer()
    let batch = try queue.batch(["?", "b", "c"], by: consumer)
    #expect(queue.ring.discardUndecodable(batch, text: "bad", .forever) == nil)
    let second = try queue.mustTake(upTo: 9, as: consumer)
    #expect(queue.texts(second) == ["b"])
    #expect(second.attempt == 1)
    guard case .next(let third) = queue.ring.acknowledge(second, delivering: true) else {
      throw Unexpected("no next")
    }
    #expect(queue.texts(third) == ["c"])
    #expect(third.attempt == 1)
    try queue.finish(third)
    #expect(try queue.letters().map(\.text) == ["?"])
  }

  @Test func `an undecodable item of a consumer declared dead is not its own any more`() throws {
    let queue = try TestQueue()
    let (first, second) = (try queue.consumer(), try queue.consumer())
    let delivery = try queue.batch(["?"], by: first)
    try queue.bury(first)
    _ = try queue.mustTake(as: second)
    #expect(queue.ring.discardUndecodable(delivery, text: "", .forever) == .closed)
    #expect(try queue.letters() == [])
  }

  @Test func `a long message is cut`() throws {
    let queue = try TestQueue()
    try queue.writeLetter("?", message: String(repeating: "x", count: 1000))
    #expect(try queue.letters().map(\.message) == [String(repeating: "x", count: 256)])
  }

  @Test func `dead letters are read oldest first, and stay`() throws {
    let queue = try TestQueue()
    for number in 0..<5 { try queue.writeLetter("\(number)") }
    #expect(try queue.letters().map(\.text) == ["0", "1", "2", "3", "4"])
    #expect(try queue.letters().count == 5)
    #expect(queue.ring.statistics.deadLetters == 5)
  }

  @Test func `dead letters can be discarded`() throws {
    let queue = try TestQueue()
    for number in 0..<5 { try queue.writeLetter("\(number)") }
    #expect(queue.ring.discardDeadLetters(.forever) == nil)
    #expect(try queue.letters() == [])
    #expect(queue.ring.statistics.deadLettersDropped == 0)
    #expect(queue.ring.requeueOldestDeadLetter(.forever) == .noLetter)
    try queue.writeLetter("after")
    #expect(try queue.letters().map(\.text) == ["after"])
  }

  @Test func `a dead letter can be requeued, as if it had never been delivered`() throws {
    let queue = try TestQueue()
    try queue.writeLetter("a")
    try queue.writeLetter("b")
    #expect(queue.ring.requeueOldestDeadLetter(.forever) == .requeued)
    #expect(try queue.letters().map(\.text) == ["b"])
    #expect(queue.ring.acknowledged(.forever) == .notYet)
    let consumer = try queue.consumer()
    let delivery = try queue.mustTake(as: consumer)
    #expect(queue.texts(delivery) == ["a"])
    #expect(delivery.attempt == 1)
    try queue.finish(delivery)
    #expect(queue.ring.acknowledged(.forever) == .all)
  }

  @Test func `requeuing needs a free buffer, and can get one more`() throws {
    let queue = try TestQueue(maxEndpoints: 2)
    for number in 0..<3 { try queue.writeLetter("\(number)") }
    #expect(queue.ring.requeueOldestDeadLetter(.forever) == .requeued)
    #expect(queue.ring.requeueOldestDeadLetter(.forever) == .noBuffer)
    #expect(try queue.ring.reserveAnotherBuffer())
    #expect(queue.ring.requeueOldestDeadLetter(.forever) == .requeued)
    #expect(try !queue.ring.reserveAnotherBuffer())
    #expect(queue.ring.requeueOldestDeadLetter(.forever) == .noBuffer)
    #expect(try queue.letters().map(\.text) == ["2"])
  }

  @Test func `a requeued letter survives a discard`() throws {
    let queue = try TestQueue()
    try queue.writeLetter("a")
    try queue.writeLetter("b")
    #expect(queue.ring.requeueOldestDeadLetter(.forever) == .requeued)
    #expect(queue.ring.discardDeadLetters(.forever) == nil)
    die(holding: queue.ring.testingGetLock)
    let consumer = try queue.consumer()
    #expect(queue.texts(try queue.mustTake(as: consumer)) == ["a"])
  }
}

/// The log of dead letters, when it is full and where it wraps.
@Suite struct DeadLetterLogTests {
  @Test func `the oldest dead letter goes when the log is full, and is counted`() throws {
    let queue = try TestQueue()
    var written: [String] = []
    for number in 0..<400 {
      written.append("letter \(number)")
      try queue.writeLetter(written[number])
      let kept = try queue.letters().map(\.text)
      #expect(kept == Array(written.suffix(kept.count)))
      #expect(kept.count + queue.ring.statistics.deadLettersDropped == written.count)
      #expect(kept.count == queue.ring.statistics.deadLetters)
    }
    // 56 bytes each in a log of 4096, one of them perhaps lost to padding.
    #expect(try 71...73 ~= queue.letters().count)
  }

  @Test(arguments: 0..<48)
  func `the log wraps with every padding`(first: Int) throws {
    let queue = try TestQueue(maxItemBytes: 400)
    var written: [String] = []
    // The first letter shifts where all others lie; the log's end is met at every distance.
    for number in 0..<60 {
      let size = number == 0 ? first * 8 : 40 + number % 7 * 56
      written.append(String(repeating: Character(UnicodeScalar(UInt8(65 + number))), count: size))
      try queue.writeLetter(written[number])
      let kept = try queue.letters().map(\.text)
      #expect(!kept.isEmpty)
      #expect(kept == Array(written.suffix(kept.count)))
      #expect(kept.count == queue.ring.statistics.deadLetters)
    }
    #expect(queue.ring.statistics.deadLettersDropped > 0)
  }

  @Test func `the log goes on where its positions wrap`() throws {
    let queue = try TestQueue()
    let start = UInt64(UInt32.max - 300)
    queue.ring[testing: .deadFirst] = start
    queue.ring[testing: .deadLastEnd] = start << 32 | start
    var written: [String] = []
    for number in 0..<200 {
      written.append("\(number)")
      try queue.writeLetter(written[number])
      let kept = try queue.letters().map(\.text)
      #expect(kept == Array(written.suffix(kept.count)) && !kept.isEmpty)
    }
    #expect(queue.ring[testing: .deadFirst] < start)
  }

  @Test func `letters can be requeued and written while the log wraps`() throws {
    let queue = try TestQueue()
    let consumer = try queue.consumer()
    for number in 0..<500 {
      let delivery = try queue.batch(["\(number)"], by: consumer)
      #expect(queue.ring.discardUndecodable(delivery, text: "", .forever) == nil)
      if number < 60 { continue }
      #expect(queue.ring.requeueOldestDeadLetter(.forever) == .requeued)
      let again = try queue.mustTake(as: consumer)
      #expect(queue.texts(again) == ["\(number - 60)"])
      try queue.finish(again)
    }
    #expect(try queue.letters().count == 60)
    #expect(queue.ring.statistics.deadLettersDropped == 0)
  }

  @Test func `what the letters need is reserved, and the padding too`() throws {
    let queue = try TestQueue(maxItemBytes: 200_000, deadLetterBytes: 1 << 20)
    let big = String(repeating: "x", count: 200_000)
    for _ in 0..<12 {
      try queue.writeLetter(big)
      let end = queue.ring[testing: .deadLastEnd] & 0xFFFF_FFFF
      let reserved = Int(queue.ring[testing: .deadReserved])
      #expect(Int(end) * 8 % queue.ring.geometry.deadBytes <= reserved)
      #expect(reserved <= queue.ring.geometry.deadBytes)
    }
    #expect(try queue.letters().allSatisfy { $0.text == big })
  }

  @Test func `a damaged log is told, and can be discarded`() throws {
    let queue = try TestQueue()
    try queue.writeLetter("a")
    queue.ring.damageDeadLetters(atByte: 0, with: 0xFFFF_FFFF_FFFF_FFFF)
    let refusal = unsafe queue.ring.forEachDeadLetter(.forever) { _, _, _, _, _ in }
    #expect(refusal == .corrupted(.deadLetter))
    #expect(queue.ring.requeueOldestDeadLetter(.forever) == .refused(.corrupted(.deadLetter)))
    #expect(queue.ring.statistics.deadLetters == 0)
    #expect(queue.ring.discardDeadLetters(.forever) == nil)
    try queue.writeLetter("b")
    #expect(try queue.letters().map(\.text) == ["b"])
  }
}
