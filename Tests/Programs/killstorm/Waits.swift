import CIterableQueue
import Glibc
import IterableQueues
import RingBuffer
import SharedMemory

/// How long a process that waits in a queue goes on waiting after another one was killed: killstorm --waits.
enum Waits {
  /// What a victim and a waiter do with a queue of their own.
  struct Scene {
    let queue: IterableQueue<Int>
    /// Returns what the victim is to hold when it is killed.
    let hold: (IterableQueue<Int>) throws -> Any
    /// What the waiter's parent does before the waiter starts.
    var prepare: (IterableQueue<Int>) throws -> Void = { _ in }
    /// Returns when the waiter goes on.
    let wait: (IterableQueue<Int>) throws -> Void
  }

  struct WrongEnd: Error {}

  static func measure(kills: Int) throws {
    try report("get, at the end of the stream: the last producer is killed", kills) {
      Scene(
        queue: try IterableQueue(), hold: { try $0.makeProducer() }, prepare: { $0.close() },
        wait: { if try $0.makeConsumer().get() != nil { throw WrongEnd() } })
    }
    try report("get, for the item in the hands of a consumer that is killed", kills) {
      try sceneOfOneItem {
        let consumer = try $0.makeConsumer()
        return (consumer, try consumer.get())
      }
    }
    try report("put, into a full queue: the last consumer is killed", kills) {
      Scene(
        queue: try IterableQueue(configuration: .init(maxItems: 1)),
        hold: { try $0.makeConsumer() },
        wait: {
          let producer = try $0.makeProducer()
          try producer.put(1)
          do { try producer.put(2) } catch let error as QueueError where error.code == .noConsumers
          {
            return
          }
          throw WrongEnd()
        })
    }
    try report("get, for a lock whose holder is killed", kills) {
      try sceneOfOneItem {
        let consumer = try $0.makeConsumer()
        _ = consumer.endpointCore.ring.testingGetLock.lock(repairing: {})
        return consumer
      }
    }
  }

  /// The waiter waits for the only item of a queue whose producer stays open.
  private static func sceneOfOneItem(
    hold: @escaping (IterableQueue<Int>) throws -> Any
  ) throws -> Scene {
    let queue = try IterableQueue<Int>(), producer = try queue.makeProducer()
    try producer.put(1)
    return Scene(
      queue: queue, hold: hold,
      wait: { [producer] in
        if try $0.makeConsumer().get() != 1 { throw WrongEnd() }
        withExtendedLifetime(producer) {}
      })
  }

  private static func report(
    _ name: String, _ kills: Int, _ makeScene: () throws -> Scene
  ) throws {
    var delays: [UInt64] = []
    for _ in 0..<kills { delays.append(try delay(in: makeScene())) }
    delays.sort()
    func milliseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds / 10_000) / 100 }
    say(
      "\(name): \(kills) kills, median \(milliseconds(delays[kills / 2])) ms, "
        + "longest \(milliseconds(delays[kills - 1])) ms")
  }

  /// From a kill to the waiter's going on, in nanoseconds.
  private static func delay(in scene: Scene) throws -> UInt64 {
    let memory = unsafe mmap(
      nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)!
    defer { unsafe munmap(memory, 4096) }
    let isHolding = unsafe SharedWord(at: memory)
    let end = unsafe SharedWord(at: memory + 8)
    let victim = ciq_fork()
    if victim == 0 {
      let held = try scene.hold(scene.queue)
      isHolding.storeRelease(1, at: .testing)
      while true { withExtendedLifetime(held) { _ = pause() } }
    }
    while isHolding.loadAcquire() == 0 {
      if waitpid(victim, nil, WNOHANG) != 0 { throw WrongEnd() }
      usleep(1000)
    }
    try scene.prepare(scene.queue)
    let waiter = ciq_fork()
    if waiter == 0 {
      try scene.wait(scene.queue)
      end.storeRelease(Deadline.now.nanoseconds, at: .testing)
      ciq_leave(0)
    }
    // Long enough for it to fall asleep, and at any moment between two looks after the dead.
    usleep(UInt32.random(in: 60_000..<160_000))
    let start = Deadline.now.nanoseconds
    kill(victim, SIGKILL)
    var status: CInt = 0
    unsafe waitpid(waiter, &status, 0)
    waitpid(victim, nil, 0)
    guard status == 0, end.loadAcquire() > start else { throw WrongEnd() }
    return end.loadAcquire() - start
  }
}
