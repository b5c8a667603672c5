import ArgumentParser
import IterableQueues

/// Moves items from all producers to all consumers.
struct Throughput: ParsableCommand {
  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case number, bytes, block, record
  }

  @Option var producers = 1
  @Option var consumers = 1
  @Option(help: "How many items are moved in all.") var items = 1_000_000
  @Option(help: "What an item is.") var kind = Kind.number
  @Option(help: "The size of an item of bytes; a block has 1 KiB.") var bytes = 1024
  @Flag(help: "Read items of bytes where they lie.") var inPlace = false
  @OptionGroup var queue: QueueOptions

  func run() throws {
    switch kind {
    case .number: try run(Numbers())
    case .bytes: try run(ByteArrays(itemBytes: bytes, areReadInPlace: inPlace))
    case .record: try run(Records())
    case .block: try run(Blocks())
    }
  }

  /// Time runs from the first put to the moment at which the last consumer found the end.
  private func run(_ load: some Load) throws {
    let batch = queue.batch
    let each = items / producers / batch * batch
    let items = try load.makeQueue(queue.configuration(itemBytes: load.itemBytes))
    let start = try Line(), finish = try Line()
    let reports = try IterableQueue<Report>()
    let workers = WorkerGroup()

    try workers.fork(count: producers) {
      (
        try items.makeProducer(), try start.makePlace(), try start.makeGate(),
        try finish.makePlace(), try finish.makeGate(), try reports.makeProducer()
      )
    } body: { me, items, startPlace, startGate, finishPlace, finishGate, reports in
      try Line.wait(startPlace, startGate)
      var report = Report()
      let before = usedNanoseconds()
      report.began = monotonicNanoseconds()
      try put(load, each, of: me, into: items, batch)
      report.used = usedNanoseconds() - before
      report.cpu = try currentProcessor()
      items.close()
      try Line.wait(finishPlace, finishGate)
      try reports.put(report)
    }
    try workers.fork(count: consumers) {
      (
        try items.makeConsumer(), try start.makePlace(), try start.makeGate(),
        try finish.makePlace(), try finish.makeGate(), try reports.makeProducer()
      )
    } body: { items, startPlace, startGate, finishPlace, finishGate, reports in
      try Line.wait(startPlace, startGate)
      var check = Check(isOrdered: producers == 1 && consumers == 1)
      let before = usedNanoseconds()
      try load.take(from: items, batch, &check)
      var report = Report(check)
      report.ended = monotonicNanoseconds()
      report.used = usedNanoseconds() - before
      report.cpu = try currentProcessor()
      try Line.wait(finishPlace, finishGate)
      try reports.put(report)
    }
    let results = try reports.makeConsumer()
    items.close()
    reports.close()
    try keepApart(workers.workers.map(\.processIdentifier))
    try start.go()
    try finish.go()
    var all = Report()
    var cpus: [Int] = []
    for report in results {
      all.add(report)
      cpus.append(report.cpu)
    }
    try workers.wait()
    try all.verify(producers: producers, each: each)
    print(
      "{\"items\": \(all.count), \"seconds\": \(Double(all.ended - all.began) / 1e9), "
        + "\"busy\": \(Double(all.used) / 1e9), \"cpus\": \(cpus.prefix(2))}")
  }
}

/// Puts `count` numbered items, by ones or in arrays of `batch`.
private func put<L: Load>(
  _ load: L, _ count: Int, of me: Int, into producer: Producer<L.Item>, _ batch: Int
) throws {
  if batch == 1 {
    var item = load.makeItem()
    for index in 0..<count {
      load.stamp(&item, numbered(me, index))
      try producer.put(item)
    }
  } else {
    var items = (0..<batch).map { _ in load.makeItem() }
    for first in stride(from: 0, to: count, by: batch) {
      for place in 0..<batch { load.stamp(&items[place], numbered(me, first + place)) }
      try producer.put(contentsOf: items)
    }
  }
}
