import ArgumentParser
import IterableQueues

/// Put and get by turns in one thread: what they cost where nobody is in the way.
struct Pair: ParsableCommand {
  @Option(help: "How many items are moved in all.") var items = 1_000_000
  @OptionGroup var queue: QueueOptions

  func run() throws {
    let numbers = try IterableQueue<Int>(configuration: queue.configuration())
    let producer = try numbers.makeProducer(), consumer = try numbers.makeConsumer()
    let each = items / queue.batch * queue.batch
    var check = Check(isOrdered: true)
    let before = usedNanoseconds(), began = monotonicNanoseconds()
    if queue.batch == 1 {
      for number in 0..<each {
        try producer.put(number)
        check.take(try consumer.get())
      }
    } else {
      var batch = [Int](repeating: 0, count: queue.batch)
      for first in stride(from: 0, to: each, by: queue.batch) {
        for place in batch.indices { batch[place] = first + place }
        try producer.put(contentsOf: batch)
        for number in try consumer.get(upTo: queue.batch) { check.take(number) }
      }
    }
    let seconds = Double(monotonicNanoseconds() - began) / 1e9
    let busy = Double(usedNanoseconds() - before) / 1e9
    try Report(check).verify(producers: 1, each: each)
    print("{\"items\": \(each), \"seconds\": \(seconds), \"busy\": \(busy)}")
  }
}

/// Put and get by turns in one thread while so many other items wait.
struct Backlog: ParsableCommand {
  @Option(help: "How many items are moved in all.") var items = 1_000_000
  @Option(help: "How much of the ring is full of other items, in percent.") var percent = 50
  @OptionGroup var queue: QueueOptions

  func run() throws {
    let numbers = try IterableQueue<Int>(configuration: queue.configuration())
    let producer = try numbers.makeProducer(), consumer = try numbers.makeConsumer()
    // A record has 16 bytes; one place is kept for the item that goes through.
    let waiting = (queue.ring / 16 - 1) * percent / 100
    for number in 0..<waiting { try producer.put(number) }
    var check = Check(isOrdered: true)
    let began = monotonicNanoseconds()
    for number in waiting..<waiting + items {
      try producer.put(number)
      check.take(try consumer.get())
    }
    let seconds = Double(monotonicNanoseconds() - began) / 1e9
    try Report(check).verify(producers: 1, each: items)
    print("{\"items\": \(items), \"seconds\": \(seconds)}")
  }
}
