internal import CIterableQueue
public import Synchronization

#if canImport(Glibc)
  internal import Glibc
#endif

/// A lock among the threads of one process, which a child of `fork` finds free.
///
/// The word names the process that holds the lock. A child that finds its parent's name there takes
/// the lock over: the thread that held it does not exist in the child. It may be held while the
/// user's decoder runs, so it tells a thread that would wait for itself.
@safe @frozen
public struct HandleLock: ~Copyable, @unchecked Sendable {
  @usableFromInline let holder = Atomic<UInt64>(0)
  @usableFromInline let waiters = Atomic<UInt32>(0)
  @usableFromInline let thread = Atomic<UInt64>(0)

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

  /// Takes the lock if nobody holds it.
  @inlinable @inline(__always)
  public borrowing func lockIfFree() -> Bool {
    holder.compareExchange(
      expected: 0, desired: ProcessIdentity.current.rawValue, ordering: .acquiring
    ).exchanged
  }

  @usableFromInline
  borrowing func lockSlowly(_ deadline: Deadline) -> Outcome {
    let process = ProcessIdentity.current.rawValue
    var spins = 0
    while true {
      let seen = holder.load(ordering: .relaxed)
      if seen != process {
        if holder.compareExchange(expected: seen, desired: process, ordering: .acquiring).exchanged
        {
          if seen != 0 { thread.store(0, ordering: .relaxed) }
          return .acquired
        }
        continue
      }
      if thread.load(ordering: .relaxed) == Self.thisThread { return .reentrant }
      if deadline != .never && deadline.isPast { return .timedOut }
      spins += 1
      if spins < 100 {
        ciq_pause()
        continue
      }
      waiters.store(1, ordering: .sequentiallyConsistent)
      if holder.load(ordering: .sequentiallyConsistent) != process { continue }
      // unlock() looks at `waiters` without a fence: a wake-up may be missed, for 1 ms.
      let slice = Deadline(nanoseconds: Deadline.now.nanoseconds + 1_000_000)
      unsafe withUnsafePointer(to: waiters) {
        _ = unsafe ciq_futex_wait(
          UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self), 1, slice.nanoseconds)
      }
    }
  }

  /// Takes the lock only if it is free.
  public borrowing func tryLock() -> Bool { lock(until: Deadline(nanoseconds: 0)) == .acquired }

  @inlinable @inline(__always)
  public borrowing func unlock() {
    holder.store(0, ordering: .releasing)
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
  public borrowing func beginUserCode() { thread.store(Self.thisThread, ordering: .relaxed) }
  public borrowing func endUserCode() { thread.store(0, ordering: .relaxed) }

  private static var thisThread: UInt64 { UInt64(pthread_self()) }
}
