import ArgumentParser
import Glibc
import IterableQueues

/// How much processor time blocked endpoints use: producers at a full queue, consumers at an empty one.
struct Idle: ParsableCommand {
  @Option var producers = 17
  @Option var consumers = 13
  @Option(help: "For how many seconds they are watched.") var seconds = 10.0

  func run() throws {
    let full = try IterableQueue<Int>(configuration: QueueConfiguration(ringBytes: 1 << 18))
    let empty = try IterableQueue<Int>()
    let filler = try full.makeProducer(), taker = try full.makeConsumer()
    while try filler.tryPut(0) {}
    let feed = try empty.makeProducer()
    let workers = WorkerGroup()
    try workers.fork(count: producers) {
      try full.makeProducer()
    } body: { producer in
      do {
        try producer.put(1)
      } catch let error as QueueError where error.code == .cancelled {}
    }
    try workers.fork(count: consumers) {
      try empty.makeConsumer()
    } body: { consumer in
      for _ in consumer {}
    }
    usleep(300_000)
    let children = workers.workers.map(\.processIdentifier)
    let before = try children.map(processorNanoseconds).reduce(0, +)
    usleep(UInt32(seconds * 1e6))
    let used = try children.map(processorNanoseconds).reduce(0, +) - before
    full.cancel()
    feed.close()
    empty.close()
    try workers.wait()
    taker.close()
    let percent = Double(used) / seconds / 1e7
    print("{\"items\": \(children.count), \"seconds\": \(seconds), \"percent\": \(percent)}")
  }
}
