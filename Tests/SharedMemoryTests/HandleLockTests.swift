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

  /// One thread goes through many locks, each of which is biased to it; another follows, whose first visit
  /// revokes the bias while the first one takes the lock over and over. The first one's stores to memory that
  /// is in no cache keep those to the lock waiting.
  @Test func `one thread at a time holds it, also while its bias is revoked`() {
    let locks = 20_000, visits = 20, pages = 1 << 14
    let memory = UnsafeMutableRawPointer.allocate(byteCount: pages * 4096, alignment: 4096)
    defer { unsafe memory.deallocate() }
    var page = 0
    let cells = (0..<locks).map { _ in Cell() }
    let counters = (0..<locks).map { _ in UnsafeCounter() }
    let reached = Atomic<Int>(-1)
    // Without #expect and without an array, whose locked instructions would let the stores pass.
    @Sendable func visit(_ cell: Cell, _ counter: UnsafeCounter) {
      guard cell.acquire() == .acquired else { return }
      counter.value += 1
      cell.lock.unlock()
    }
    let follower = TestThread {
      for index in 0..<locks {
        while reached.load(ordering: .acquiring) < index {}
        let cell = cells[index], counter = counters[index]
        for _ in 0..<visits { visit(cell, counter) }
      }
    }
    for index in 0..<locks {
      let cell = cells[index], counter = counters[index]
      #expect(cell.tryAcquire())
      cell.lock.unlock()
      reached.store(index, ordering: .releasing)
      for _ in 0..<visits {
        for _ in 0..<3 {
          page = (page &* 5 &+ 1) % pages
          unsafe memset(memory + page * 4096, 1, 1024)
        }
        visit(cell, counter)
      }
    }
    follower.join()
    #expect(counters.allSatisfy { $0.value == 2 * visits })
  }

  @Test func `a biased lock that is held stays so when another thread wants it`() {
    let cell = Cell()
    #expect(cell.acquire() == .acquired)
    TestThread {
      #expect(!cell.tryAcquire())
      #expect(!cell.tryAcquire())
    }.join()
    #expect(!cell.tryAcquire())
    cell.lock.unlock()
    TestThread {
      #expect(cell.tryAcquire())
      cell.lock.unlock()
    }.join()
    #expect(cell.tryAcquire())
    TestThread { #expect(!cell.tryAcquire()) }.join()
    cell.lock.unlock()
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

  /// Who holds the lock, as a child of fork finds it: the word names its parent.
  @Test(arguments: [false, true])
  func `a lock whose holder is another process is taken over`(isBiased: Bool) {
    let cell = Cell()
    if !isBiased { revokeBias(of: cell) }
    for _ in 0..<2 {
      #expect(cell.acquire() == .acquired)
      setHolder(of: cell, isBiased)
      #expect(cell.tryAcquire())
      #expect(!cell.tryAcquire())
      cell.lock.unlock()
    }
    #expect(cell.acquire() == .acquired)
    setHolder(of: cell, isBiased)
    TestThread { #expect(cell.tryAcquire()) }.join()
    #expect(!cell.tryAcquire())
    cell.lock.unlock()
    #expect(cell.tryAcquire())
  }

  private func revokeBias(of cell: Cell) {
    #expect(cell.acquire() == .acquired)
    TestThread { #expect(!cell.tryAcquire()) }.join()
    cell.lock.unlock()
    #expect(cell.tryAcquire())
    cell.lock.unlock()
  }

  /// The first two words of the structure: who holds it, and whose biased thread does.
  private func setHolder(of cell: Cell, _ isBiased: Bool) {
    unsafe withUnsafePointer(to: cell.lock) {
      let words = unsafe UnsafePointer<Atomic<UInt64>>(OpaquePointer($0))
      let current = ProcessIdentity.current.rawValue
      let exchanged = unsafe words[isBiased ? 1 : 0].compareExchange(
        expected: current, desired: current + 1 << 22, ordering: .sequentiallyConsistent
      ).exchanged
      #expect(exchanged)
    }
  }

  private final class Outcome: @unchecked Sendable { var value: HandleLock.Outcome? }
}
