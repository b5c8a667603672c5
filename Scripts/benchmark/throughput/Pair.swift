import IterableQueues

/// Put and get by turns in one thread: what they cost where nobody is in the way.
func pair(items: Int, batch: Int, ringBytes: Int) throws -> Measured {
  let queue = try IterableQueue<Int>(configuration: QueueConfiguration(ringBytes: ringBytes))
  let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
  let each = items / batch * batch
  var count = 0
  var sum = 0
  let began = monotonicNanoseconds()
  if batch == 1 {
    for number in 0..<each {
      try producer.put(number)
      if let number = try consumer.get() {
        count += 1
        sum += number
      }
    }
  } else {
    for first in stride(from: 0, to: each, by: batch) {
      try producer.put(contentsOf: first..<first + batch)
      for number in try consumer.get(upTo: batch) {
        count += 1
        sum += number
      }
    }
  }
  let ended = monotonicNanoseconds()
  verify(items: count, sum: sum, producers: 1, each: each)
  return Measured(items: count, nanoseconds: ended - began)
}
