import ArgumentParser
import IterableQueues

/// Runs one workload over `IterableQueue`, with its public interface alone, and prints one line of
/// JSON, as `native` and `python` do for its peers.
@main
struct QueueBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue-benchmark",
    abstract: "Runs one workload over IterableQueue and prints one line of JSON.",
    subcommands: [
      Throughput.self, PingPong.self, Pair.self, Backlog.self, Idle.self, StartUp.self, Memory.self,
    ])
}

/// How the queue is made.
struct QueueOptions: ParsableArguments {
  @Option(help: "How many bytes of items may wait.")
  var ring = 1 << 20

  @Option(help: "How many items are put and taken at a time.")
  var batch = 1

  @Flag(help: "Drop what a dying consumer holds, instead of delivering it again.")
  var atMostOnce = false

  @Option(help: "For how many microseconds to spin before sleeping.")
  var spinning = 0

  func configuration(itemBytes: Int = 8) -> QueueConfiguration {
    QueueConfiguration(
      maxItemBytes: max(64 << 10, itemBytes + 16), ringBytes: ring,
      delivery: atMostOnce ? .atMostOnce : .atLeastOnce, spinning: .microseconds(spinning))
  }
}

/// What a run says when it did not carry every item, undamaged and in order.
struct WrongRun: Error, CustomStringConvertible {
  var description: String
}
