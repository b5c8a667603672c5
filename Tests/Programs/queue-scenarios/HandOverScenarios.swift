import CIterableQueue
import Glibc
import IterableQueues
import SharedMemory
import Synchronization

/// What a forked child has of its parent without being given it.
nonisolated(unsafe) private var captured: Producer<Int>?

/// Takes up the endpoint "late" only when it is let, and says what comes of that.
private let putLate = Work("put-late") { (given, said: Producer<String>) in
  given.gates[1].open()
  given.gates[2].pass()
  do {
    try (unsafe captured ?? Producer(inherited: "late")).put(7)
    try said.put("put")
  } catch let error as QueueError {
    try said.put("\(error.code)")
  }
  sleepForEver()
}
/// Starts a child, whose endpoint it cannot hand over before it dies.
private let startAndDie = Work("start-and-die") {
  (given, items: Producer<Int>, said: Producer<String>) in
  unsafe captured = items
  given.gates[1].open()
  given.gates[0].pass()
  try start(putLate, said, given: given, others: ["late": items])
  sleepForEver()
}

let handOverWorks: [any AnyWork] = [putLate, startAndDie]

/// A process that ends before it claims anything.
private func startDying() throws -> pid_t {
  if !areWorkersSpawned {
    let child = ciq_fork()
    if child == 0 { _exit(0) }
    return child
  }
  startedPrograms.add(1, ordering: .relaxed)
  var child: pid_t = 0
  let words = unsafe [strdup("/bin/true"), nil]
  expectEqual(unsafe posix_spawn(&child, "/bin/true", nil, nil, words, environ), 0)
  unsafe free(words[0])
  return child
}

// Swift does not import it, nor its constants.
private typealias Trace = @convention(c) (CInt, pid_t, UInt, UInt) -> Int
private let (seize, detach, eventMessage): (CInt, CInt, CInt) = (0x4206, 17, 0x4201)
private let (stopAtFork, stopAtVFork): (UInt, UInt) = (1 << 1, 1 << 2)

private func trace(_ request: CInt, _ process: pid_t, _ data: UInt = 0) {
  let trace = unsafe unsafeBitCast(dlsym(nil, "ptrace"), to: Trace.self)
  if trace(request, process, 0, data) != 0 { fail("ptrace \(request): errno \(errno)") }
}

/// Kills a process that is to start another one when that has begun, and neither has done anything since.
private func kill(_ parent: Worker, whenItStartsAfter signal: () -> Void) {
  let process = parent.processIdentifier
  trace(seize, process, stopAtFork | stopAtVFork)
  signal()
  var state: CInt = 0
  let anyChild: CInt = 0x4000_0000
  expectEqual(unsafe waitpid(process, &state, anyChild), process)
  var child: UInt = 0
  unsafe withUnsafeMutablePointer(to: &child) {
    trace(eventMessage, process, UInt(bitPattern: $0))
  }
  expectEqual(unsafe waitpid(pid_t(child), &state, anyChild), pid_t(child))
  parent.kill()
  _ = expectThrows(WorkerError.self) { try parent.wait() }
  trace(detach, pid_t(child))
}

/// A process starts another one, which is to have a producer of `items`, and dies before it has handed
/// that over.
private func loseParent(
  _ items: IterableQueue<Int>, _ said: IterableQueue<String>, mayTakeUp: Gate
) throws {
  let mayStart = Gate(), who = Gate()
  let parent = try start(
    startAndDie, items.makeProducer(), said.makeProducer(), given: Given(mayStart, who, mayTakeUp))
  who.pass()
  items.close()
  said.close()
  kill(parent) { mayStart.open() }
  // The child has what it needs to speak.
  who.pass()
}

/// Deaths while an endpoint is on its way from a parent to its child.
let handOverScenarios: [String: Scenario] = [
  // Exits with 0 where a process may look into its children.
  "can-trace": { _ in
    let child = ciq_fork()
    if child == 0 { sleepForEver() }
    defer {
      Glibc.kill(child, SIGKILL)
      waitpid(child, nil, 0)
    }
    trace(seize, child)
  },
  "a-child-that-died-before-it-claimed-its-endpoint": { arguments in
    let queue = try IterableQueue<Int>()
    let consumer = try queue.makeConsumer()
    let given = try queue.makeProducer()
    queue.close()
    try given.endpointCore.prepareForHandOver()
    let child = try startDying()
    eventually { state(of: child) == "Z" }
    // Once somebody has waited for it, its start time cannot be read any more.
    if arguments[0] == "reaped" { waitpid(child, nil, 0) }
    try given.endpointCore.handOver(to: ProcessIdentity(child: child))
    expectEqual(try consumer.get(), nil)
    expectEqual(consumer.endReason, .producersLost(1))
    expectEqual(expectThrows(QueueError.self) { try given.put(1) }.code, .handedOver)
    if arguments[0] != "reaped" { waitpid(child, nil, 0) }
  },
  // The child claims what its parent could not give it any more.
  "a-parent-that-died-before-the-hand-over": { _ in
    let queue = try IterableQueue<Int>(), said = try IterableQueue<String>(), mayTakeUp = Gate()
    let consumer = try queue.makeConsumer(), heard = try said.makeConsumer()
    try loseParent(queue, said, mayTakeUp: mayTakeUp)
    mayTakeUp.open()
    // Nobody may notice the parent's death before.
    expectEqual(try heard.get(), "put")
    expectEqual(try consumer.get(), 7)
    expectEqual(queue.statistics.lostProducers, 0)
    endGroup(but: getpid())
    expectEqual(try consumer.get(), nil)
    expectEqual(consumer.endReason, .producersLost(1))
  },
  // If its parent's death was noticed first, the child has no endpoint any more, and is told so.
  "a-parent-whose-death-was-noticed-before-the-hand-over": { _ in
    let queue = try IterableQueue<Int>(), said = try IterableQueue<String>(), mayTakeUp = Gate()
    let consumer = try queue.makeConsumer(), heard = try said.makeConsumer()
    try loseParent(queue, said, mayTakeUp: mayTakeUp)
    expectEqual(try consumer.get(), nil)
    expectEqual(consumer.endReason, .producersLost(1))
    mayTakeUp.open()
    expectEqual(try heard.get(), "endpointClosed")
    endGroup(but: getpid())
  },
]

/// Kills the processes of this one's group, but for one.
private func endGroup(but survivor: pid_t) {
  guard let folder = unsafe opendir("/proc") else { fail("/proc") }
  defer { unsafe closedir(folder) }
  while let entry = unsafe readdir(folder) {
    let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    guard let process = pid_t(name), process != survivor else { continue }
    if getpgid(process) == getpgid(0) { kill(process, SIGKILL) }
  }
}
