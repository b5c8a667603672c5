import RingBuffer
import SharedMemory
import TestSupport
import Testing

/// Random operations against the simplest model: an array of what waits.
@Suite struct RandomOperationTests {
  @Test(.timeLimit(.minutes(10)), arguments: 0..<24)
  func `a ring does what an array does`(round: Int) throws {
    let seed = UInt64.random(in: .min ... .max)
    do { try run(seed: seed, round: round) } catch {
      Issue.record("seed \(seed), round \(round): \(error)")
    }
  }

  private func run(seed: UInt64, round: Int) throws {
    var generator = SeededGenerator(seed: seed)
    let largest = [1, 8, 100, 2000][round % 4]
    let limit = [1, 2, 10, Geometry.mostItems][round / 4 % 4]
    let queue = try TestQueue(maxItemBytes: largest, maxItems: limit)
    let producers = [try queue.producer(), try queue.producer()]
    let consumers = [try queue.consumer(), try queue.consumer()]
    var held: [Delivery?] = [nil, nil]
    var waiting: [[UInt8]] = []
    var next: UInt8 = 0
    queue.ring.restart(
      at: Position(units: .random(in: .min ... .max, using: &generator), items: .max - 100))

    func randomItem() -> [UInt8] {
      next &+= 1
      return [UInt8](repeating: next, count: .random(in: 0...largest, using: &generator))
    }
    func check(_ condition: Bool, _ text: @autoclosure () -> String) throws {
      if !condition { throw Unexpected(text()) }
    }
    func used() -> Int { waiting.reduce(0) { $0 + Ring.recordBytes($1.count) } }
    func hasRoom(_ items: [[UInt8]]) -> Bool {
      let bytes = items.reduce(0) { $0 + Ring.recordBytes($1.count) }
      return used() + bytes <= queue.ring.geometry.ringBytes
        && waiting.count + items.count <= limit
    }

    for step in 0..<2000 {
      let who = Int.random(in: 0...1, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0, 1:
        let item = randomItem()
        let expected = hasRoom([item])
        try check(
          queue.put(item, as: producers[who]) == (expected ? .accepted(1) : .noRoom),
          "step \(step): put of \(item.count) bytes, \(expected ? "room" : "no room")")
        if expected { waiting.append(item) }
      case 2:
        let items = (0..<Int.random(in: 1...8, using: &generator)).map { _ in randomItem() }
        var batch = RecordBatch()
        for item in items { unsafe item.withUnsafeBytes { unsafe batch.append($0) } }
        switch queue.ring.put(batch, from: 0, as: producers[who], .forever) {
        case .accepted(let count):
          try check(
            count >= 1 && hasRoom(Array(items.prefix(count))), "step \(step): \(count) accepted")
          try check(
            count == items.count || !hasRoom(items), "step \(step): only \(count) accepted")
          waiting += items.prefix(count)
        case .noRoom: try check(!hasRoom([items[0]]), "step \(step): no room for a batch")
        case .refused(let refusal): throw Unexpected("step \(step): \(refusal)")
        }
      default:
        if let delivery = held[who] {
          try check(
            queue.ring.acknowledge(delivery, delivering: true) == .finished,
            "step \(step): acknowledge")
          held[who] = nil
        }
        let most = Int.random(in: 1...9, using: &generator)
        switch queue.take(
          upTo: most, as: consumers[who], preferring: Int.random(in: 0...1, using: &generator))
        {
        case .taken(let delivery):
          let items = queue.bytes(delivery)
          try check(
            !items.isEmpty && items.count <= most && items == Array(waiting.prefix(items.count)),
            "step \(step): took \(items.count) of \(most)")
          waiting.removeFirst(items.count)
          held[who] = delivery
        case .empty: try check(waiting.isEmpty, "step \(step): empty, \(waiting.count) wait")
        case let other: throw Unexpected("step \(step): take said \(other)")
        }
      }
      try check(queue.ring.count == waiting.count, "step \(step): count \(queue.ring.count)")
      try check(queue.ring.statistics.bytes == used(), "step \(step): bytes")
    }
  }
}
