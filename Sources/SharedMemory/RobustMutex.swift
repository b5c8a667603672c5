public import CIterableQueue

/// A process-shared robust mutex that lies in shared memory.
///
/// Every way to lock it takes the repair of what it protects, which runs when the previous owner
/// died with the lock held, before the mutex is marked consistent; so a caller cannot forget it.
/// The C functions are `pthread_mutex_lock`, `pthread_mutex_clocklock`, `pthread_mutex_trylock`.
@safe @frozen
public struct RobustMutex: @unchecked Sendable {
  @usableFromInline let pointer: UnsafeMutablePointer<pthread_mutex_t>

  /// How a lock was, or was not, acquired.
  @frozen
  public enum Acquisition: Sendable {
    case acquired
    /// The deadline passed, or somebody holds it.
    case notAcquired
    /// The mutex's own bytes are damaged.
    case unrecoverable
  }

  /// How long to wait for a lock.
  @frozen
  public enum Patience: Sendable {
    case forever
    case until(Deadline)
    /// At most 100 ms: for operations that must not hang when the holder is stopped.
    case briefly
    /// Not at all.
    case once
  }

  @inlinable @inline(__always)
  public init(at address: UnsafeMutableRawPointer) {
    unsafe pointer = address.assumingMemoryBound(to: pthread_mutex_t.self)
  }

  /// Initialises the mutex in fresh memory that no other process sees yet.
  public func initialize() throws(SystemFailure) {
    try unsafe SystemFailure.check(ciq_mutex_init(pointer), "pthread_mutex_init")
  }

  @inlinable @inline(__always)
  public func lock(
    _ patience: Patience = .forever, repairing repair: () -> Void
  ) -> Acquisition {
    let attempt = attempt(patience)
    return attempt.isAcquired ? .acquired : settle(attempt, repairing: repair)
  }

  /// What came of an attempt to lock. Unless `isAcquired`, the lock is not to be used before
  /// `settle`, which repairs what a dead owner left.
  @frozen
  public struct Attempt {
    @usableFromInline let outcome: ciq_acquisition

    @inlinable @inline(__always)
    init(_ outcome: ciq_acquisition) { self.outcome = outcome }

    @inlinable @inline(__always)
    public var isAcquired: Bool { outcome == ciq_acquired }
  }

  /// The first half of `lock`, for where no closure is wanted on the hot path.
  @inlinable @inline(__always)
  public func attempt(_ patience: Patience) -> Attempt {
    if case .forever = patience { return Attempt(unsafe ciq_mutex_lock(pointer)) }
    return attemptForAWhile(patience)
  }

  @inlinable @inline(never)
  func attemptForAWhile(_ patience: Patience) -> Attempt {
    let outcome =
      switch patience {
      case .forever: unsafe ciq_mutex_lock(pointer)
      case .until(let deadline): unsafe ciq_mutex_lock_until(pointer, deadline.nanoseconds)
      case .briefly: unsafe ciq_mutex_lock_within(pointer, 100_000_000)
      case .once: unsafe ciq_mutex_trylock(pointer)
      }
    return Attempt(outcome)
  }

  /// The second half of `lock`.
  @inlinable @inline(never)
  public func settle(_ attempt: Attempt, repairing repair: () -> Void) -> Acquisition {
    switch attempt.outcome {
    case ciq_acquired: return .acquired
    case ciq_owner_died:
      repair()
      CrashPoint.reach(.lockConsistent)
      return unsafe ciq_mutex_consistent(pointer) == 0 ? .acquired : .unrecoverable
    case ciq_not_acquired: return .notAcquired
    default: return .unrecoverable
    }
  }

  @inlinable @inline(__always)
  public func unlock(at point: CrashPoint) {
    CrashPoint.reach(point)
    _ = unsafe ciq_mutex_unlock(pointer)
  }
}
