import ArgumentParser
import IterableQueues

/// From nothing to the first item that came out of a forked process.
struct StartUp: ParsableCommand {
  @Option(help: "How often.") var items = 50

  func run() throws {
    var whole: [UInt64] = [], made: [UInt64] = [], registered: [UInt64] = []
    for _ in 0..<items {
      let began = monotonicNanoseconds()
      let numbers = try IterableQueue<Int>()
      let hasQueue = monotonicNanoseconds()
      let producer = try numbers.makeProducer(), consumer = try numbers.makeConsumer()
      let hasEndpoints = monotonicNanoseconds()
      let worker = try Worker.fork(producer) { try $0.put(7) }
      let first = try consumer.get()
      whole.append(monotonicNanoseconds() - began)
      made.append(hasQueue - began)
      registered.append(hasEndpoints - hasQueue)
      try worker.wait()
      if first != 7 { throw WrongRun(description: "no item") }
    }
    let times = Percentiles(whole)
    print(
      "{\"items\": \(items), \"p50\": \(times.middle), \"p99\": \(times.high), "
        + "\"create\": \(Percentiles(made).middle), "
        + "\"register\": \(Percentiles(registered).middle)}")
  }
}
