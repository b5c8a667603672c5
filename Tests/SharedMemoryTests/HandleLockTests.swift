import SharedMemory
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.timeLimit(.minutes(10))) struct HandleLockTests {
  private final class Cell: Sendable {
    let lock = HandleLock()
    func acquire(until deadline: Deadline = .never) -> HandleLock.Outcome {
      lock.lock(until: deadline)
    }
    func tryAcquire() -> Bool { lock.tryLock() }
  }

  @Test func `one thread at a time holds it`() {
    let cell = Cell()
    let counter = UnsafeCounter()
    let threads = (0..<4).map { _ in
      TestThread {
        for _ in 0..<5000 {
          guard cell.acquire() == .acquired else { return }
          counter.value += 1
          cell.lock.unlock()
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(counter.value == 20_000)
  }

  @Test func `a thread that runs user code is told that it waits for itself`() {
    let cell = Cell()
    #expect(cell.acquire() == .acquired)
    cell.lock.beginUserCode()
    #expect(cell.acquire() == .reentrant)
    #expect(!cell.tryAcquire())
    let outcome = Outcome()
    TestThread { outcome.value = cell.acquire(until: Deadline(nanoseconds: 0)) }.join()
    #expect(outcome.value == .timedOut)
    cell.lock.endUserCode()
    #expect(cell.acquire(until: Deadline(nanoseconds: 0)) == .timedOut)
    cell.lock.unlock()
    #expect(cell.tryAcquire())
    cell.lock.unlock()
  }

  @Test func `a lock that is held times out, not before the deadline`() {
    let cell = Cell()
    #expect(cell.acquire() == .acquired)
    TestThread {
      let deadline = Deadline(after: .milliseconds(20))
      #expect(cell.acquire(until: deadline) == .timedOut)
      #expect(deadline.isPast)
      #expect(!cell.tryAcquire())
    }.join()
    cell.lock.unlock()
    TestThread { #expect(cell.tryAcquire()) }.join()
  }

  @Test func `whoever waits gets the lock`() {
    let cell = Cell()
    let waits = Flag()
    #expect(cell.acquire() == .acquired)
    let waiter = TestThread {
      waits.raise()
      #expect(cell.acquire() == .acquired)
      cell.lock.unlock()
    }
    waitUntil { waits.isRaised }
    usleep(10_000)
    cell.lock.unlock()
    waiter.join()
    #expect(cell.tryAcquire())
  }

  @Test func `a lock whose holder is another process is taken over`() {
    // What a child of fork finds: the word names its parent. It is the structure's first one.
    let parents = ProcessIdentity.current.rawValue + 1 << 22
    let cell = Cell()
    setHolder(of: cell, to: parents)
    #expect(cell.acquire() == .acquired)
    TestThread { #expect(!cell.tryAcquire()) }.join()
    cell.lock.unlock()
    setHolder(of: cell, to: parents)
    #expect(cell.tryAcquire())
    cell.lock.unlock()
  }

  @Test func `a lock that is taken over is not reentrant`() {
    let cell = Cell()
    #expect(cell.acquire() == .acquired)
    cell.lock.beginUserCode()
    setHolder(of: cell, to: ProcessIdentity.current.rawValue + 1 << 22)
    #expect(cell.acquire() == .acquired)
    #expect(cell.acquire(until: Deadline(nanoseconds: 0)) == .timedOut)
    cell.lock.unlock()
  }

  private func setHolder(of cell: Cell, to process: UInt64) {
    unsafe withUnsafePointer(to: cell.lock) {
      unsafe UnsafePointer<Atomic<UInt64>>(OpaquePointer($0)).pointee.store(
        process, ordering: .sequentiallyConsistent)
    }
  }

  private final class Outcome: @unchecked Sendable { var value: HandleLock.Outcome? }
}
