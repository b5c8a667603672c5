import ArgumentParser
import IterableQueues

/// How much shared memory a queue takes, and each of its endpoints, before any item is put.
struct Memory: ParsableCommand {
  @Option(help: "How many queues, and how many endpoints of each kind, are made.") var items = 200

  func run() throws {
    let start = try sharedBytes()
    let queues = try (0..<items).map { _ in try IterableQueue<Int>() }
    let withQueues = try sharedBytes()
    let producers = try (0..<items).map { _ in try queues[0].makeProducer() }
    let withProducers = try sharedBytes()
    let consumers = try (0..<items).map { _ in try queues[0].makeConsumer() }
    let withConsumers = try sharedBytes()
    withExtendedLifetime((queues, producers, consumers)) {}
    print(
      "{\"items\": \(items), \"queue\": \((withQueues - start) / items), "
        + "\"producer\": \((withProducers - withQueues) / items), "
        + "\"consumer\": \((withConsumers - withProducers) / items)}")
  }
}
