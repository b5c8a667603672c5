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
    // The worker finds out who it is by the descriptor that is kept for that.
    let consumer = try queue.makeConsumer()
    try Worker.fork(queue.makeProducer()) { try $0.put(5) }.wait()
    expectEqual(try consumer.get(), 5)
  },
  "no-descriptors-and-a-zombie": { _ in
    let queue = try IterableQueue<Int>(), isReady = Gate(), mayDie = Gate()
    let dying = try Worker.fork(queue.makeProducer()) { _ in
      mayDie.pass()
      raise(SIGKILL)
    }
    let waiting = try Worker.fork(queue.makeConsumer()) { consumer in
      useUpDescriptors()
      isReady.open()
      expectEqual(try consumer.get(), nil)
      expectEqual(consumer.endReason, .producersLost(1))
    }
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
    try Worker.fork(queue.makeProducer(), queue.makeConsumer()) { try flows($0, $1) }.wait()
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
    let error = expectThrows(QueueError.self) { _ = try Worker.fork(producer) { _ in } }
    expectEqual(error.code, .system)
    expect("\(error)".contains("fork failed"), "\(error)")
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
