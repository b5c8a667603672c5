import Glibc
import IterableQueues
import RingBuffer
import SharedMemory

/// A group of processes that may have so much memory and no more; where the kernel lets this user
/// make one.
private struct MemoryGroup {
  let folder: String

  /// One that another process has made.
  init(folder: String) { self.folder = folder }

  init?(bytes: Int) {
    for (parent, limit) in [
      ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max"),
    ] {
      let folder = "\(parent)/scenario-\(getpid())"
      guard unsafe mkdir(folder, 0o700) == 0 else { continue }
      if write("\(bytes)", to: "\(folder)/\(limit)") {
        self.folder = folder
        _ =
          write("0", to: "\(folder)/memory.swap.max")
          || write("0", to: "\(folder)/memory.swappiness")
        return
      }
      unsafe rmdir(folder)
    }
    return nil
  }

  func enter() { expect(write("\(getpid())", to: "\(folder)/cgroup.procs"), "errno \(errno)") }

  /// Once its last process has gone.
  func remove() { eventually { unsafe rmdir(folder) == 0 || errno != EBUSY } }
}

private func write(_ text: String, to path: String) -> Bool {
  let file = unsafe open(path, O_WRONLY | O_CLOEXEC)
  if file < 0 { return false }
  defer { close(file) }
  let bytes = Array(text.utf8)
  return unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
    == bytes.count
}

private func useUpMemory() -> Never {
  while true {
    let bytes = unsafe mmap(
      nil, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)
    if unsafe bytes == MAP_FAILED { fail("the kernel refuses memory: errno \(errno)") }
  }
}

private let useUpMemoryInLock = Work("use-up-memory-in-lock") {
  (given, mine: Consumer<Int>, putting: Producer<Int>) in
  expectEqual(try mine.get(), 1)
  MemoryGroup(folder: given.texts[1]).enter()
  let ring = putting.endpointCore.ring
  _ = (given.texts[0] == "put" ? ring.testingPutLock : ring.testingGetLock).lock(repairing: {})
  useUpMemory()
}

let outOfMemoryWorks: [any AnyWork] = [useUpMemoryInLock]

/// The kernel kills a process for its memory.
let outOfMemoryScenarios: [String: Scenario] = [
  // Exits with 0 where `an-oom-kill` can be shown.
  "can-limit-memory": { _ in
    guard let group = MemoryGroup(bytes: 32 << 20) else { _exit(3) }
    group.remove()
  },
  // It holds an item, and the lock of those who take, or put.
  "an-oom-kill-is-a-death": { arguments in
    guard let group = MemoryGroup(bytes: 32 << 20) else { fail("no memory group: errno \(errno)") }
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(contentsOf: [1, 2])
    let worker = try start(
      useUpMemoryInLock, queue.makeConsumer(), queue.makeProducer(),
      given: Given(texts: [arguments[0], group.folder]))
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    expect("\(error)".contains("SIGKILL"), "\(error)")
    try producer.put(3)
    producer.close()
    queue.close()
    var found: [Int: Int] = [:]
    while let item = try consumer.get() { found[item] = consumer.attempt }
    expectEqual(found, [1: 2, 2: 1, 3: 1])
    expectEqual(consumer.endReason, .producersLost(1))
    group.remove()
  },
]
