import CIterableQueue
import Glibc
import IterableQueues

private let leave = Work("leave-holding-both") {
  (_, producer: Producer<Int>, consumer: Consumer<Int>) in leaveHolding(producer, consumer)
}

let deathWorks: [any AnyWork] = [leave]

/// What the dead leave, where nobody waits who would notice.
let deathScenarios: [String: Scenario] = [
  "slots-of-the-dead-are-used-again": { _ in
    let queue = try IterableQueue<Int>(configuration: .init(maxEndpoints: 4))
    for _ in 0..<20 {
      try start(leave, queue.makeProducer(), queue.makeConsumer()).wait()
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
    try start(leave, queue.makeProducer(), queue.makeConsumer()).wait()
    eventually { queue.statistics.lostProducers == 1 }
    expectEqual(queue.statistics.lostConsumers, 1)
    expectEqual(queue.statistics.producers, 0)
    expectEqual(queue.statistics.consumers, 0)
  },
  // The children of this process are in a new pid namespace.
  "a-process-of-another-pid-namespace-is-refused": { _ in
    let queue = try IterableQueue<Int>()
    let newPid: CInt = 0x2000_0000, newUser: CInt = 0x1000_0000
    // Swift does not import it.
    typealias Unshare = @convention(c) (CInt) -> CInt
    let unshare = unsafe unsafeBitCast(dlsym(nil, "unshare"), to: Unshare.self)
    if unshare(getuid() == 0 ? newPid : newPid | newUser) != 0 { fail("unshare: errno \(errno)") }
    let producer = try queue.makeProducer()
    let worker = try Worker.fork(producer) { _ in fail("the worker got its endpoint") }
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    expect("\(error)".contains("foreignNamespace"), "the error says why: \(error)")
    expect("\(error)".contains("pid namespace"), "the error says which namespace: \(error)")
  },
]
