import CIterableQueue
import Glibc
import IterableQueues

private let leave = Work("leave-holding-both") {
  (_, producer: Producer<Int>, consumer: Consumer<Int>) in leaveHolding(producer, consumer)
}

private let refuseToRun = Work("refuse-to-run-elsewhere") { (_, _: Producer<Int>) in
  fail("the worker got its endpoint")
}

let deathWorks: [any AnyWork] = [leave, refuseToRun]

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
  "can-make-namespaces": { _ in
    execute("/usr/bin/unshare", "--pid", "--fork", "--mount-proc", "/bin/true")
    _exit(3)
  },
  // A process that attaches from another pid namespace, and one that uses what it has inherited there.
  "a-program-in-another-pid-namespace-is-refused": { _ in
    let name = try QueueName("scenario-\(getpid())")
    let queue = try IterableQueue<Int>(named: name)
    let child = ciq_fork()
    if child == 0 {
      execute(
        "/usr/bin/unshare", "--pid", "--fork", "--mount-proc", CommandLine.arguments[0],
        "attach-elsewhere", name.description)
      fail("no unshare: errno \(errno)")
    }
    var status: CInt = 0
    expectEqual(unsafe waitpid(child, &status, 0), child)
    expectEqual(status, 0)
    // It has done no harm.
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(1)
    expectEqual(try consumer.get(), 1)
    expectEqual(queue.statistics.lostProducers, 0)
  },
  "attach-elsewhere": { arguments in
    let error = expectThrows(QueueError.self) {
      _ = try IterableQueue<Int>(attachingTo: QueueName(arguments[0]))
    }
    expectEqual(error.code, .foreignNamespace)
    expect("\(error)".contains("pid namespace"), "the error says which: \(error)")
    expect("\(error)".contains("share its pid namespace"), "and what to do: \(error)")
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
    let worker = try start(refuseToRun, producer)
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    expect("\(error)".contains("foreignNamespace"), "the error says why: \(error)")
    expect("\(error)".contains("pid namespace"), "the error says which namespace: \(error)")
  },
]
