import CIterableQueue
import Glibc
import IterableQueues
import SharedMemory

/// Deaths while an endpoint is on its way from a parent to its child, in the steps of `Worker.fork`.
let handOverScenarios: [String: Scenario] = [
  "a-child-that-died-before-it-claimed-its-endpoint": { arguments in
    let queue = try IterableQueue<Int>()
    let consumer = try queue.makeConsumer()
    let given = try queue.makeProducer()
    queue.close()
    try given.endpointCore.prepareForHandOver()
    let child = ciq_fork()
    if child == 0 { _exit(0) }
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
    let queue = try IterableQueue<Int>()
    let consumer = try queue.makeConsumer(), isDead = Gate(), hasPut = Gate()
    let given = try queue.makeProducer()
    queue.close()
    let parent = try Worker.fork {
      try given.endpointCore.claim()
      if ciq_fork() != 0 { _exit(0) }
      isDead.pass()
      try given.put(7)
      hasPut.open()
      sleepForEver()
    }
    try parent.wait()
    isDead.open()
    hasPut.pass()
    expectEqual(try consumer.get(), 7)
    expectEqual(queue.statistics.lostProducers, 0)
    endGroup(but: getpid())
    expectEqual(try consumer.get(), nil)
    expectEqual(consumer.endReason, .producersLost(1))
  },
  // If its parent's death was noticed first, the child has no endpoint any more, and is told so.
  "a-parent-whose-death-was-noticed-before-the-hand-over": { _ in
    let queue = try IterableQueue<Int>(), said = try IterableQueue<String>()
    let consumer = try queue.makeConsumer(), isNoticed = Gate()
    let given = try queue.makeProducer(), saying = try said.makeProducer()
    queue.close()
    let parent = try Worker.fork {
      try given.endpointCore.claim()
      if ciq_fork() != 0 { _exit(0) }
      isNoticed.pass()
      let error = expectThrows(QueueError.self) { try given.put(7) }
      let mine = try said.makeProducer()
      try mine.put("\(error.code)")
      mine.close()
      _exit(0)
    }
    try parent.wait()
    expectEqual(try consumer.get(), nil)
    isNoticed.open()
    expectEqual(try said.makeConsumer().get(), "endpointClosed")
    saying.close()
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
