internal import CIterableQueue
public import Synchronization

/// A flag that says that somebody may be asleep, and the sequence number that sleepers watch.
///
/// One flag replaces a count of waiters: a stale flag costs one system call, and nothing needs
/// correcting after a death. The C function is `futex`, shared between processes.
@safe @frozen
public struct WaitWord: @unchecked Sendable {
  @usableFromInline let flag: UnsafePointer<Atomic<UInt32>>
  @usableFromInline let sequence: UnsafePointer<Atomic<UInt32>>

  /// `address` holds the flag, and four bytes further the sequence.
  @inlinable
  public init(at address: UnsafeMutableRawPointer) {
    unsafe flag = UnsafePointer(address.assumingMemoryBound(to: Atomic<UInt32>.self))
    unsafe sequence = UnsafePointer((address + 4).assumingMemoryBound(to: Atomic<UInt32>.self))
  }

  /// How a sleep ended.
  @frozen
  public enum Wakening: Sendable { case woken, changed, timedOut }

  /// The number to give to `sleep`; read it before `announce`.
  @inlinable
  public func current() -> UInt32 { unsafe sequence.pointee.load(ordering: .acquiring) }

  /// Says that somebody is about to sleep, or passes a wake-up on. A fence must follow.
  @inlinable
  public func announce(at point: CrashPoint) {
    CrashPoint.reach(point)
    unsafe flag.pointee.store(1, ordering: .relaxed)
  }

  /// Whether somebody may be asleep. A fence must come before.
  @inlinable @inline(__always)
  public var isAnnounced: Bool { unsafe flag.pointee.load(ordering: .relaxed) != 0 }

  /// Takes the announcement and wakes one sleeper, if nobody else did so first.
  public func wakeOne() {
    if takeFlag() { bump(waking: 1) }
  }

  /// Takes the announcement and wakes every sleeper.
  public func wakeAnnounced() {
    if takeFlag() { bump(waking: CInt.max) }
  }

  /// Wakes every sleeper, and lets those that are about to sleep look again.
  public func wakeAll() { bump(waking: CInt.max) }

  private func takeFlag() -> Bool {
    CrashPoint.reach(.wakeTakeFlag)
    return unsafe flag.pointee.exchange(0, ordering: .sequentiallyConsistent) != 0
  }

  private func bump(waking count: CInt) {
    CrashPoint.reach(.wakeBump)
    unsafe sequence.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    CrashPoint.reach(.wakeCall)
    _ = unsafe ciq_futex_wake(
      UnsafeRawPointer(sequence).assumingMemoryBound(to: UInt32.self), count)
  }

  /// Sleeps while the sequence is `seen`, until `deadline`.
  public func sleep(since seen: UInt32, until deadline: Deadline) -> Wakening {
    let word = unsafe UnsafeRawPointer(sequence).assumingMemoryBound(to: UInt32.self)
    switch unsafe ciq_futex_wait(word, seen, min(deadline.nanoseconds, UInt64(Int64.max))) {
    case 0: return .woken
    case ETIMEDOUT: return .timedOut
    default: return .changed
    }
  }
}
