import Glibc
import IterableQueues
import RingBuffer
import SharedMemory
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SpoiledItemTests {
  /// Cannot be decoded, and does something before it says so.
  struct Spoiled: Codable, Sendable {
    @TaskLocal static var holder: Holder?
    init() {}
    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(1)
    }
    init(from decoder: any Decoder) throws {
      Self.holder?.begin()
      throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "spoiled"))
    }
  }

  /// Holds a lock in a thread of its own, from the first `begin()` until `end()`.
  final class Holder: Sendable {
    let lock: RobustMutex
    let isHeld = Atomic<Bool>(false), mayEnd = Atomic<Bool>(false)
    let thread = Mutex<TestThread<Void>?>(nil)

    init(_ lock: RobustMutex) { self.lock = lock }

    func begin() {
      thread.withLock { thread in
        if thread != nil { return }
        thread = TestThread { [self] in
          _ = lock.lock(repairing: {})
          isHeld.store(true, ordering: .releasing)
          while !mayEnd.load(ordering: .acquiring) { usleep(1000) }
          lock.unlock(at: .testing)
        }
      }
      while !isHeld.load(ordering: .acquiring) { usleep(1000) }
    }

    func end() {
      mayEnd.store(true, ordering: .releasing)
      thread.withLock { _ = $0?.join() }
    }
  }

  @Test func `giving up an item that cannot be decoded waits no longer than the operation may`()
    throws
  {
    let queue = try IterableQueue<Spoiled>()
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    try producer.put(Spoiled())
    let holder = Holder(consumer.endpointCore.ring.testingGetLock)
    Spoiled.$holder.withValue(holder) {
      #expect(throws: Never.self) {
        guard case .empty = try consumer.poll() else { throw Unexpected("an item") }
      }
      #expect(code { _ = try consumer.get(timeout: .milliseconds(10)) } == .timedOut)
      #expect(code { _ = try consumer.get(upTo: 2, timeout: .milliseconds(10)) } == .timedOut)
    }
    holder.end()
    #expect(code { _ = try consumer.get() } == .undecodable)
    #expect(try queue.deadLetters().map(\.bytes) == [[1]])
    #expect(queue.count == 0)
  }
}
