import CIterableQueue
import SharedMemory
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.timeLimit(.minutes(10))) struct RobustMutexTests {
  /// A mutex in memory of its own, which lives as long as this.
  @safe private final class Cell: @unchecked Sendable {
    let memory = unsafe UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<pthread_mutex_t>.size, alignment: 16)
    let mutex: RobustMutex
    init() throws {
      unsafe memory.initializeMemory(
        as: UInt8.self, repeating: 0, count: MemoryLayout<pthread_mutex_t>.size)
      unsafe mutex = RobustMutex(at: memory)
      try mutex.initialize()
    }
    deinit { unsafe memory.deallocate() }

    func die() { TestThread { [self] in _ = mutex.lock(repairing: {}) }.join() }

    /// Runs `body` while another thread holds the lock.
    func whileHeld(_ body: () throws -> Void) rethrows {
      let (isHeld, isOver) = (Flag(), Flag())
      let holder = TestThread { [self] in
        _ = mutex.lock(repairing: {})
        isHeld.raise()
        waitUntil { isOver.isRaised }
        mutex.unlock(at: .testing)
      }
      waitUntil { isHeld.isRaised }
      defer {
        isOver.raise()
        holder.join()
      }
      try body()
    }
  }

  private static let everyPatience: [RobustMutex.Patience] = [
    .forever, .until(.never), .until(Deadline(nanoseconds: 0)), .briefly, .once,
  ]

  @Test func `a free lock is acquired with every patience, without repair`() throws {
    let cell = try Cell()
    for patience in Self.everyPatience {
      var repairs = 0
      #expect(cell.mutex.lock(patience, repairing: { repairs += 1 }) == .acquired)
      #expect(repairs == 0)
      cell.mutex.unlock(at: .testing)
    }
  }

  @Test func `a dead owner is reported together with the lock, once`() throws {
    let cell = try Cell()
    for patience in Self.everyPatience {
      cell.die()
      var repairs = 0
      #expect(cell.mutex.lock(patience, repairing: { repairs += 1 }) == .acquired)
      #expect(repairs == 1)
      cell.mutex.unlock(at: .testing)
      #expect(cell.mutex.lock(patience, repairing: { repairs += 1 }) == .acquired)
      #expect(repairs == 1)
      cell.mutex.unlock(at: .testing)
    }
  }

  @Test func `the lock is held during the repair`() throws {
    let cell = try Cell()
    cell.die()
    let outcome = cell.mutex.lock(repairing: {
      TestThread { #expect(cell.mutex.lock(.once, repairing: {}) == .notAcquired) }.join()
    })
    #expect(outcome == .acquired)
    cell.mutex.unlock(at: .testing)
  }

  @Test func `a death during the repair is repaired by the next one`() throws {
    let cell = try Cell()
    cell.die()
    TestThread {
      let mutex = unsafe cell.memory.assumingMemoryBound(to: pthread_mutex_t.self)
      #expect(unsafe ciq_mutex_lock(mutex) == ciq_owner_died)
    }.join()
    var repairs = 0
    #expect(cell.mutex.lock(repairing: { repairs += 1 }) == .acquired)
    #expect(repairs == 1)
    cell.mutex.unlock(at: .testing)
  }

  @Test func `a lock that was given back without a repair is unrecoverable`() throws {
    for patience in Self.everyPatience {
      // A mutex for each: glibc's trylock leaves an unrecoverable one locked.
      let cell = try Cell()
      cell.die()
      let mutex = unsafe cell.memory.assumingMemoryBound(to: pthread_mutex_t.self)
      #expect(unsafe ciq_mutex_lock(mutex) == ciq_owner_died)
      #expect(unsafe ciq_mutex_unlock(mutex) == 0)
      #expect(cell.mutex.lock(patience, repairing: {}) == .unrecoverable)
    }
  }

  @Test func `a lock that is held is not acquired without patience`() throws {
    let cell = try Cell()
    cell.whileHeld {
      #expect(cell.mutex.lock(.once, repairing: {}) == .notAcquired)
      #expect(cell.mutex.lock(.until(Deadline(nanoseconds: 0)), repairing: {}) == .notAcquired)
    }
  }

  @Test func `a deadline is waited for`() throws {
    let cell = try Cell()
    cell.whileHeld {
      let deadline = Deadline(after: .milliseconds(30))
      #expect(cell.mutex.lock(.until(deadline), repairing: {}) == .notAcquired)
      #expect(deadline.isPast)
    }
  }

  @Test func `briefly is at least 100 ms`() throws {
    let cell = try Cell()
    cell.whileHeld {
      let end = Deadline(after: .milliseconds(100))
      #expect(cell.mutex.lock(.briefly, repairing: {}) == .notAcquired)
      #expect(end.isPast)
    }
  }

  @Test func `whoever waits is told of the death of the owner`() throws {
    let cell = try Cell()
    let isHeld = Flag()
    let dying = TestThread {
      _ = cell.mutex.lock(repairing: {})
      isHeld.raise()
      usleep(20_000)
    }
    waitUntil { isHeld.isRaised }
    var repairs = 0
    #expect(cell.mutex.lock(repairing: { repairs += 1 }) == .acquired)
    #expect(repairs == 1)
    cell.mutex.unlock(at: .testing)
    dying.join()
  }

  @Test func `one thread at a time holds it`() throws {
    let cell = try Cell()
    let counter = UnsafeCounter()
    let threads = (0..<4).map { _ in
      TestThread {
        for _ in 0..<5000 {
          _ = cell.mutex.lock(repairing: {})
          counter.value += 1
          cell.mutex.unlock(at: .testing)
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(counter.value == 20_000)
  }
}

final class Flag: Sendable {
  private let word = Atomic<Bool>(false)
  func raise() { word.store(true, ordering: .sequentiallyConsistent) }
  var isRaised: Bool { word.load(ordering: .sequentiallyConsistent) }
}

/// What a lock has to protect.
final class UnsafeCounter: @unchecked Sendable { var value = 0 }
