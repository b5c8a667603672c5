import CIterableQueue
import Glibc
import IterableQueues
import RingBuffer
import SharedMemory

private func limit(_ resource: __rlimit_resource, to value: UInt) {
  var limits = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
  unsafe setrlimit(__rlimit_resource_t(resource.rawValue), &limits)
}

/// Uses up all descriptors that this process may have.
private func useUpDescriptors() {
  limit(RLIMIT_NOFILE, to: 256)
  while fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) >= 0 {}
  expectEqual(errno, EMFILE)
}

private func virtualMemory() -> UInt {
  guard let file = unsafe fopen("/proc/self/statm", "r") else { fail("statm") }
  defer { unsafe fclose(file) }
  var line = [CChar](repeating: 0, count: 100)
  _ = unsafe fgets(&line, 100, file)
  let text = String(decoding: line.map(UInt8.init(bitPattern:)), as: UTF8.self)
  return UInt(text.split(separator: " ")[0])! * UInt(sysconf(CInt(_SC_PAGESIZE)))
}

/// Puts an item through a queue of this process.
private func flows(_ producer: Producer<Int>, _ consumer: Consumer<Int>) throws {
  try producer.put(1)
  expectEqual(try consumer.get(), 1)
  consumer.acknowledge()
}

private let dieAtGate = Work("limit-die-at-gate") { (given, _: Producer<Int>) in
  given.gate.pass()
  raise(SIGKILL)
}
private let waitWithoutDescriptors = Work("limit-wait-without-descriptors") {
  (given, consumer: Consumer<Int>) in
  useUpDescriptors()
  given.gate.open()
  expectEqual(try consumer.get(), nil)
  expectEqual(consumer.endReason, .producersLost(1))
}
private let putFive = Work("limit-put-five") { (_, producer: Producer<Int>) in
  try producer.put(5)
}
private let letFlow = Work("limit-let-flow") {
  (_, producer: Producer<Int>, consumer: Consumer<Int>) in
  try flows(producer, consumer)
}

let limitWorks: [any AnyWork] = [dieAtGate, waitWithoutDescriptors, putFive, letFlow]

/// Limits of the process that are used up.
let limitScenarios: [String: Scenario] = [
  "no-descriptors": { _ in
    let queue = try IterableQueue<Int>()
    useUpDescriptors()
    let error = expectThrows(QueueError.self) { _ = try IterableQueue<Int>() }
    expectEqual(error.code, .system)
    expect("\(error)".contains("Too many open files"), "\(error)")
    expect("\(error)".contains("the queue's memory cannot be made"), "\(error)")
    expect("\(error)".contains("RLIMIT_NOFILE"), "\(error)")
    // What there is goes on, and endpoints need no descriptor.
    try flows(queue.makeProducer(), queue.makeConsumer())
    let consumer = try queue.makeConsumer(), producer = try queue.makeProducer()
    do {
      // A forked worker finds out who it is by the descriptor that is kept for that.
      try start(putFive, producer).wait()
    } catch let error as QueueError where areWorkersSpawned {
      // A program would have to be given one.
      expectEqual(error.code, .system)
      expect("\(error)".contains("Too many open files"), "\(error)")
      expect(hasNoChildren, "no worker has been made")
      try producer.put(5)
    }
    expectEqual(try consumer.get(), 5)
  },
  "no-descriptors-and-a-zombie": { _ in
    let queue = try IterableQueue<Int>(), isReady = Gate(), mayDie = Gate()
    let dying = try start(dieAtGate, queue.makeProducer(), given: Given(mayDie))
    let waiting = try start(waitWithoutDescriptors, queue.makeConsumer(), given: Given(isReady))
    queue.close()
    isReady.pass()
    mayDie.open()
    try waiting.wait()
    expectEqual(state(of: dying.processIdentifier), "Z")
    try? dying.wait()
  },
  // Not even the one that is kept: somebody has closed them all.
  "no-descriptors-on-first-use": { _ in
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer()
    let child = ciq_fork()
    if child == 0 {
      for descriptor in 3..<CInt(256) { close(descriptor) }
      useUpDescriptors()
      let error = expectThrows(QueueError.self) { try producer.put(1) }
      expectEqual(error.code, .system)
      expect("\(error)".contains("/proc/self/stat"), "\(error)")
      expect("\(error)".contains("descriptor"), "\(error)")
      _exit(0)
    }
    var status: CInt = 0
    expectEqual(unsafe waitpid(child, &status, 0), child)
    expectEqual(status, 0)
    try flows(producer, queue.makeConsumer())
  },
  "no-memory": { _ in
    let queue = try IterableQueue<Int>()
    limit(RLIMIT_AS, to: virtualMemory() + 32 << 20)
    let error = expectThrows(QueueError.self) { _ = try IterableQueue<Int>() }
    expectEqual(error.code, .noSpace)
    expect("\(error)".contains("the queue's memory cannot be made: mmap"), "\(error)")
    expect("\(error)".contains("RLIMIT_AS"), "\(error)")
    try flows(queue.makeProducer(), queue.makeConsumer())
    // A program maps the queue for each endpoint.
    let consumer = try queue.makeConsumer()
    try start(putFive, queue.makeProducer()).wait()
    expectEqual(try consumer.get(), 5)
    // A refused queue has left nothing behind.
    let before = Belongings()
    for _ in 0..<100 { _ = try? IterableQueue<Int>() }
    expectEqual(Belongings().descriptors, before.descriptors)
    expectEqual(Belongings().mappings, before.mappings)
  },
  "no-processes": { _ in
    let queue = try IterableQueue<Int>()
    forbidProcesses()
    let producer = try queue.makeProducer()
    let error = expectThrows(QueueError.self) { try start(putFive, producer) }
    expectEqual(error.code, .system)
    let call = areWorkersSpawned ? "posix_spawn" : "fork"
    expect("\(error)".contains("\(call) failed (Resource temporarily unavailable)"), "\(error)")
    expect("\(error)".contains("RLIMIT_NPROC"), "\(error)")
    try flows(producer, queue.makeConsumer())
    let other = try IterableQueue<Int>()
    try flows(other.makeProducer(), other.makeConsumer())
  },
  "no-large-files": { _ in
    let queue = try IterableQueue<Int>()
    limit(RLIMIT_FSIZE, to: 4096)
    let error = expectThrows(QueueError.self) { _ = try IterableQueue<Int>() }
    expectEqual(error.code, .system)
    expect("\(error)".contains("File too large"), "\(error)")
    expect("\(error)".contains("RLIMIT_FSIZE"), "\(error)")
    try flows(queue.makeProducer(), queue.makeConsumer())
    try start(letFlow, queue.makeProducer(), queue.makeConsumer()).wait()
  },
  "an-anonymous-queue-cannot-be-truncated": { _ in
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(1)
    let descriptor = producer.endpointCore.ring.segment.descriptor
    expectEqual(ftruncate(descriptor, 4096), -1)
    expectEqual(errno, EPERM)
    expectEqual(unsafe truncate("/proc/self/fd/\(descriptor)", 0), -1)
    expectEqual(try consumer.get(), 1)
  },
]
