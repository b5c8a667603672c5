import IterableQueues
import TestSupport
import Testing

/// Many threads of one process; the same between processes is in `ProcessTests`.
@Suite(.timeLimit(.minutes(10)))
struct ThreadTests {
  @Test(arguments: [(1, 1, 1), (4, 4, 1), (5, 3, 16), (3, 5, 64)])
  func `many to many, every item arrives exactly once and each producer's in order`(
    _ producers: Int, _ consumers: Int, _ batch: Int
  ) throws {
    let each = 4000
    let queue = try IterableQueue<Int>(configuration: .init(ringBytes: 8192))
    let putting = try (0..<producers).map { id in
      let producer = try queue.makeProducer()
      return TestThread {
        defer { producer.close() }
        return code {
          for start in stride(from: 0, to: each, by: batch) {
            let items = (start..<min(start + batch, each)).map { id << 32 | $0 }
            if batch == 1 {
              try producer.put(items[0])
            } else {
              try producer.put(contentsOf: items)
            }
          }
        }
      }
    }
    let taking = try (0..<consumers).map { _ in
      let consumer = try queue.makeConsumer()
      return TestThread {
        var items: [Int] = []
        if batch == 1 {
          for item in consumer { items.append(item) }
        } else {
          for some in consumer.batches(upTo: batch) { items += some }
        }
        consumer.close()
        return items
      }
    }
    queue.close()
    #expect(putting.allSatisfy { $0.join() == nil })
    let found = taking.map { $0.join() }
    for items in found {
      var last = [Int](repeating: -1, count: producers)
      for item in items {
        #expect(item & 0xFFFF_FFFF > last[item >> 32])
        last[item >> 32] = item & 0xFFFF_FFFF
      }
    }
    let all = found.flatMap { $0 }.sorted()
    #expect(all == (0..<producers).flatMap { id in (0..<each).map { id << 32 | $0 } })
    try queue.waitUntilAcknowledged()
  }

  @Test func `threads that share a consumer get whole arrays of bytes`() throws {
    let queue = try IterableQueue<[UInt8]>(configuration: .init(maxItems: 50))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    queue.close()
    let taking = (0..<4).map { id in
      TestThread {
        var (read, torn) = (0, 0)
        var kept: [UInt8] = []
        func take(_ item: [UInt8]) {
          read += 1
          torn += Set(item).count == 1 && Set(kept).count <= 1 ? 0 : 1
          if read % 5 == id { kept = item }
        }
        if id % 2 == 0 {
          for item in consumer { take(item) }
        } else {
          for batch in consumer.batches(upTo: 5) { for item in batch { take(item) } }
        }
        return (read, torn)
      }
    }
    for number in 0..<4000 {
      try producer.put([UInt8](repeating: UInt8(number & 255), count: 1 + number % 3 * 200))
    }
    producer.close()
    let found = taking.map { $0.join() }
    #expect(found.map(\.0).reduce(0, +) == 4000 && found.allSatisfy { $0.1 == 0 })
  }

  @Test func `many threads may share one producer and one consumer`() throws {
    let queue = try IterableQueue<[Int]>(configuration: .init(maxItems: 10))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    queue.close()
    let taking = (0..<4).map { _ in
      TestThread {
        var items: [Int] = []
        for item in consumer { items += item }
        return items
      }
    }
    let putting = (0..<4).map { id in
      TestThread { code { for number in 0..<1000 { try producer.put([id * 1000 + number]) } } }
    }
    #expect(putting.allSatisfy { $0.join() == nil })
    producer.close()
    #expect(taking.flatMap { $0.join() }.sorted() == Array(0..<4000))
    #expect(consumer.failure == nil)
  }

  @Test func `two queues chained both ways pass items around`() throws {
    let there = try IterableQueue<Int>(configuration: .init(maxItems: 4))
    let back = try IterableQueue<Int>(configuration: .init(maxItems: 4))
    let questions = try there.makeProducer(), asked = try there.makeConsumer()
    let answers = try back.makeProducer(), answered = try back.makeConsumer()
    there.close()
    back.close()
    let other = TestThread {
      defer { answers.close() }
      return code { for question in asked { try answers.put(question * 2) } }
    }
    for number in 0..<2000 {
      try questions.put(number)
      #expect(try answered.get() == number * 2)
    }
    questions.close()
    #expect(try answered.get() == nil)
    #expect(other.join() == nil)
  }

  @Test func `endpoints that come and go leave nothing behind`() throws {
    let queue = try IterableQueue<Int>(configuration: .init(maxEndpoints: 8))
    let churning = (0..<4).map { id in
      TestThread {
        code {
          for number in 0..<500 {
            let producer = try queue.makeProducer()
            try producer.put(id * 500 + number)
            producer.close()
          }
        }
      }
    }
    var found: [Int] = []
    while found.count < 2000 {
      let consumer = try queue.makeConsumer()
      found += try consumer.get(upTo: 100)
      consumer.close()
    }
    #expect(churning.allSatisfy { $0.join() == nil })
    #expect(found.sorted() == Array(0..<2000))
    let statistics = queue.statistics
    #expect(statistics.producers == 0 && statistics.consumers == 0 && statistics.inFlight == 0)
    #expect(statistics.orphaned == 0 && statistics.lostConsumers == 0)
  }
}
