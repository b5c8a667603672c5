import CIterableQueue
import Glibc
import IterableQueues

/// What the dead leave, where nobody waits who would notice.
let deathScenarios: [String: Scenario] = [
  "slots-of-the-dead-are-used-again": { _ in
    let queue = try IterableQueue<Int>(configuration: .init(maxEndpoints: 4))
    for _ in 0..<20 {
      try Worker.fork {
        let ends = (try queue.makeProducer(), try queue.makeConsumer())
        withExtendedLifetime(ends) { _exit(0) }
      }.wait()
    }
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(1)
    expectEqual(try consumer.get(), 1)
    queue.close()
    producer.close()
    expectEqual(try consumer.get(), nil)
    expectEqual(consumer.endReason, .producersLost(20))
  },
  "statistics-notice-the-dead": { _ in
    let queue = try IterableQueue<Int>()
    try Worker.fork {
      let ends = (try queue.makeProducer(), try queue.makeConsumer())
      withExtendedLifetime(ends) { _exit(0) }
    }.wait()
    eventually { queue.statistics.lostProducers == 1 }
    expectEqual(queue.statistics.lostConsumers, 1)
    expectEqual(queue.statistics.producers, 0)
    expectEqual(queue.statistics.consumers, 0)
  },
]
