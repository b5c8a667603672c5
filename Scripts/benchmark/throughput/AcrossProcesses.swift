import IterableQueues

/// What a worker saw.
struct Report: Codable {
  var items = 0
  var sum = 0
  var began = UInt64.max
  var ended: UInt64 = 0
}

/// Every producer puts the numbers `0..<each`, the consumers add up what they get.
///
/// Time runs from the first put to the moment at which the last consumer found the end.
func acrossProcesses(
  producers: Int, consumers: Int, items: Int, batch: Int, ringBytes: Int
) throws -> Measured {
  let each = items / producers / batch * batch
  let numbers = try IterableQueue<Int>(configuration: QueueConfiguration(ringBytes: ringBytes))
  // Nothing is put into these two. `ready` ends when every worker has closed its producer; closing
  // `start` then lets all of them go at once, so that forking is not timed.
  let ready = try IterableQueue<Int>(), start = try IterableQueue<Int>()
  let reports = try IterableQueue<Report>()
  let workers = WorkerGroup()

  try workers.fork(count: producers) {
    (
      try numbers.makeProducer(), try ready.makeProducer(), try start.makeConsumer(),
      try reports.makeProducer()
    )
  } body: { numbers, ready, start, reports in
    ready.close()
    _ = try start.get()
    var report = Report(began: monotonicNanoseconds())
    try put(0..<each, into: numbers, batch: batch)
    numbers.close()
    report.ended = monotonicNanoseconds()
    try reports.put(report)
  }
  try workers.fork(count: consumers) {
    (
      try numbers.makeConsumer(), try ready.makeProducer(), try start.makeConsumer(),
      try reports.makeProducer()
    )
  } body: { numbers, ready, start, reports in
    ready.close()
    _ = try start.get()
    var report = Report()
    try take(from: numbers, batch: batch, &report)
    report.ended = monotonicNanoseconds()
    try reports.put(report)
  }
  let arrivals = try ready.makeConsumer(), results = try reports.makeConsumer()
  for queue in [numbers, ready] { queue.close() }
  reports.close()
  for _ in arrivals {}
  start.close()

  var all = Report()
  for report in results {
    all.items += report.items
    all.sum += report.sum
    all.began = min(all.began, report.began)
    all.ended = max(all.ended, report.ended)
  }
  try workers.wait()
  verify(items: all.items, sum: all.sum, producers: producers, each: each)
  return Measured(items: all.items, nanoseconds: all.ended - all.began)
}

func put(_ range: Range<Int>, into producer: Producer<Int>, batch: Int) throws {
  if batch == 1 {
    for number in range { try producer.put(number) }
  } else {
    for first in stride(from: range.lowerBound, to: range.upperBound, by: batch) {
      try producer.put(contentsOf: first..<first + batch)
    }
  }
}

func take(from consumer: Consumer<Int>, batch: Int, _ report: inout Report) throws {
  if batch == 1 {
    while let number = try consumer.get() {
      report.items += 1
      report.sum += number
    }
  } else {
    for numbers in consumer.batches(upTo: batch) {
      report.items += numbers.count
      for number in numbers { report.sum += number }
    }
    if let failure = consumer.failure { throw failure }
  }
}
