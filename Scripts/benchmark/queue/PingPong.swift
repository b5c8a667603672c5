import ArgumentParser
import IterableQueues

/// One item there and one back, over two queues, between two processes.
struct PingPong: ParsableCommand {
  struct Outcome: Codable {
    var times: Percentiles
    var seconds: Double
    var cpu: Int
    var isWrong: Bool
  }

  @Option(help: "How many round trips are timed.") var items = 10_000
  @OptionGroup var queue: QueueOptions

  func run() throws {
    let there = try IterableQueue<Int>(configuration: queue.configuration())
    let back = try IterableQueue<Int>(configuration: queue.configuration())
    let outcomes = try IterableQueue<Outcome>()
    let start = try Line()
    let trips = items, warm = min(items / 10 + 1, 1000)
    let workers = WorkerGroup()
    try workers.fork(
      there.makeProducer(), back.makeConsumer(), start.makePlace(), start.makeGate(),
      outcomes.makeProducer()
    ) { there, back, place, gate, outcomes in
      try Line.wait(place, gate)
      var times = [UInt64](repeating: 0, count: trips + warm)
      var damage = 0
      var before = monotonicNanoseconds()
      for trip in times.indices {
        try there.put(trip)
        damage |= (try back.get() ?? -1) ^ trip
        let time = monotonicNanoseconds()
        times[trip] = time - before
        before = time
      }
      times.removeFirst(warm)
      try outcomes.put(
        Outcome(
          times: Percentiles(times), seconds: Double(times.reduce(0, +)) / 1e9,
          cpu: try currentProcessor(), isWrong: damage != 0))
    }
    try workers.fork(
      there.makeConsumer(), back.makeProducer(), start.makePlace(), start.makeGate()
    ) { there, back, place, gate in
      try Line.wait(place, gate)
      for item in there { try back.put(item) }
    }
    let results = try outcomes.makeConsumer()
    outcomes.close()
    there.close()
    back.close()
    try keepApart(workers.workers.map(\.processIdentifier))
    try start.go()
    guard let outcome = try results.get() else { throw WrongRun(description: "no outcome") }
    try workers.wait()
    if outcome.isWrong { throw WrongRun(description: "an answer was not what was sent") }
    print(
      "{\"items\": \(trips), \"seconds\": \(outcome.seconds), \"p50\": \(outcome.times.middle), "
        + "\"p99\": \(outcome.times.high), \"cpus\": [\(outcome.cpu)]}")
  }
}
