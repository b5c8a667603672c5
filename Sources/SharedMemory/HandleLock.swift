public import CIterableQueue
public import Synchronization

/// A lock among the threads of one process, which a child of `fork` finds free.
///
/// Most handles have one thread that uses them. The first to take the lock is the one that it is biased to:
/// that thread takes it by plain stores, without a locked instruction, which would wait for all its stores
/// before. When another thread comes, it revokes the bias for good, and makes every thread pass a barrier
/// (`membarrier(2)`), after which either the biased thread's store is seen, or that thread sees that the bias
/// is revoked. From then on all compare and swap. Model: `handle-lock.pml`. Cf. Kawachiya, Koseki and
/// Onodera, "Lock Reservation", OOPSLA 2002.
///
/// Two words name the process that holds the lock. A child that finds its parent's name there takes the
/// lock over: the thread that held it does not exist in the child. It may be held while the user's code decodes or
/// reads an item, so it tells a thread that would wait for itself.
@safe @frozen
public struct HandleLock: ~Copyable, @unchecked Sendable {
  /// The process that holds the lock, when there is no bias.
  @usableFromInline let holder = Atomic<UInt64>(0)
  /// The process whose biased thread holds the lock.
  @usableFromInline let biasedHolder = Atomic<UInt64>(0)
  /// The thread that the lock is biased to, or one of those below, which are no threads.
  @usableFromInline let bias = Atomic<UInt64>(HandleLock.undecided)
  @usableFromInline let waiters = Atomic<UInt32>(0)
  /// Which thread of which process runs the user's code.
  @usableFromInline let inUserCode = Atomic<UInt64>(0)

  @usableFromInline static var undecided: UInt64 { 0 }
  /// Nobody takes the lock by plain stores any more; the biased thread may hold it still.
  @usableFromInline static var revoked: UInt64 { 1 }
  @usableFromInline static var unbiased: UInt64 { 2 }

  @inlinable
  public init() {}

  /// How `lock` ended.
  @frozen
  public enum Outcome: Sendable {
    case acquired
    /// This thread holds the lock already.
    case reentrant
    case timedOut
  }

  @inlinable @inline(__always)
  public borrowing func lock(until deadline: Deadline = .never) -> Outcome {
    lockIfFree() ? .acquired : lockSlowly(deadline)
  }

  /// Takes the lock if nobody holds it, and it has no other thread's bias.
  @inlinable @inline(__always)
  public borrowing func lockIfFree() -> Bool {
    let process = ProcessIdentity.current.rawValue
    let thread = ciq_thread()
    let bias = bias.load(ordering: .acquiring)
    if bias != thread { return bias == Self.unbiased && lockUnbiased(process) }
    if biasedHolder.load(ordering: .relaxed) == process { return false }
    biasedHolder.store(process, ordering: .relaxed)
    ciq_compiler_barrier()  // who revokes makes it one of the processor
    if self.bias.load(ordering: .relaxed) == thread { return true }
    biasedHolder.store(0, ordering: .releasing)
    return false
  }

  @usableFromInline
  borrowing func lockUnbiased(_ process: UInt64) -> Bool {
    let seen = holder.load(ordering: .relaxed)
    if seen == process { return false }
    return holder.compareExchange(expected: seen, desired: process, ordering: .acquiring).exchanged
  }

  @usableFromInline
  borrowing func lockSlowly(_ deadline: Deadline) -> Outcome {
    let process = ProcessIdentity.current.rawValue
    var hasRevoked = false
    var spins = 0
    while true {
      if lockIfFree() { return .acquired }
      if decideBias(process, &hasRevoked) { continue }
      if !isHeld(by: process) { continue }
      if inUserCode.load(ordering: .relaxed) == Self.thisThread { return .reentrant }
      if deadline != .never && deadline.isPast { return .timedOut }
      spins += 1
      if spins < 100 {
        ciq_pause()
        continue
      }
      waiters.store(1, ordering: .sequentiallyConsistent)
      if !isHeld(by: process) { continue }
      // unlock() looks at `waiters` without a fence: a wake-up may be missed, for 1 ms.
      let slice = Deadline(nanoseconds: Deadline.now.nanoseconds + 1_000_000)
      unsafe withUnsafePointer(to: waiters) {
        _ = unsafe ciq_futex_wait(
          UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self), 1, slice.nanoseconds)
      }
    }
  }

  private borrowing func isHeld(by process: UInt64) -> Bool {
    holder.load(ordering: .sequentiallyConsistent) == process
      || biasedHolder.load(ordering: .sequentiallyConsistent) == process
  }

  /// Gives the lock's bias to this thread if it is undecided, and takes it from another. Returns whether the
  /// lock may be had another way now.
  private borrowing func decideBias(_ process: UInt64, _ hasRevoked: inout Bool) -> Bool {
    let seen = bias.load(ordering: .acquiring)
    if seen == Self.undecided {
      return bias.compareExchange(
        expected: seen, desired: ciq_has_barriers() != 0 ? ciq_thread() : Self.unbiased,
        ordering: .acquiringAndReleasing
      ).exchanged
    }
    if seen == Self.unbiased || seen == ciq_thread() { return false }
    if !hasRevoked {
      _ = bias.compareExchange(
        expected: seen, desired: Self.revoked, ordering: .sequentiallyConsistent)
      // Also where another thread has revoked the bias, which may not have come as far as its barrier.
      let failure = ciq_barrier_in_all_threads()
      precondition(
        failure == 0,
        "membarrier(2) worked when the process began and fails now (errno \(failure)): allow it in the seccomp filter"
      )
      hasRevoked = true
    }
    if biasedHolder.load(ordering: .acquiring) == process { return false }
    return bias.compareExchange(
      expected: Self.revoked, desired: Self.unbiased, ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// Takes the lock only if it is free.
  public borrowing func tryLock() -> Bool { lock(until: Deadline(nanoseconds: 0)) == .acquired }

  @inlinable @inline(__always)
  public borrowing func unlock() {
    // While the biased thread holds the lock nobody has it otherwise.
    if holder.load(ordering: .relaxed) == 0 {
      biasedHolder.store(0, ordering: .releasing)
    } else {
      holder.store(0, ordering: .releasing)
    }
    if waiters.load(ordering: .relaxed) != 0 { wake() }
  }

  @usableFromInline
  borrowing func wake() {
    waiters.store(0, ordering: .sequentiallyConsistent)
    unsafe withUnsafePointer(to: waiters) {
      _ = unsafe ciq_futex_wake(UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self), CInt.max)
    }
  }

  /// Says that the holder runs the user's code now, which may come back here.
  public borrowing func beginUserCode() { inUserCode.store(Self.thisThread, ordering: .relaxed) }

  /// Says that the user's code has returned. Returns false in a child of `fork` that was made there, which does
  /// not hold the lock.
  @discardableResult
  public borrowing func endUserCode() -> Bool {
    if inUserCode.load(ordering: .relaxed) != Self.thisThread { return false }
    inUserCode.store(0, ordering: .relaxed)
    return true
  }

  /// Not that of the same thread in the parent.
  private static var thisThread: UInt64 { ciq_thread() ^ ProcessIdentity.current.rawValue }
}
