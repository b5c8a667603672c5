public import Synchronization

/// A 64-bit word in memory that several processes map, reached by atomic operations only.
///
/// Whoever makes one vouches that the address stays mapped while it is used. Each operation names
/// its memory order, because `Atomic` wants a constant there.
@safe @frozen
public struct SharedWord: @unchecked Sendable {
  @usableFromInline let pointer: UnsafePointer<Atomic<UInt64>>

  /// `address` is aligned to 8 bytes.
  @inlinable @inline(__always)
  public init(at address: UnsafeMutableRawPointer) {
    unsafe pointer = UnsafePointer(address.assumingMemoryBound(to: Atomic<UInt64>.self))
  }

  @inlinable @inline(__always)
  public func loadRelaxed() -> UInt64 { unsafe pointer.pointee.load(ordering: .relaxed) }
  @inlinable @inline(__always)
  public func loadAcquire() -> UInt64 { unsafe pointer.pointee.load(ordering: .acquiring) }
  @inlinable @inline(__always)
  public func storeRelaxed(_ value: UInt64, at point: CrashPoint) {
    CrashPoint.reach(point)
    unsafe pointer.pointee.store(value, ordering: .relaxed)
  }
  @inlinable @inline(__always)
  public func storeRelease(_ value: UInt64, at point: CrashPoint) {
    CrashPoint.reach(point)
    unsafe pointer.pointee.store(value, ordering: .releasing)
  }
  /// Sequentially consistent, for words whose order against other words matters.
  @inlinable @inline(__always)
  public func compareExchange(
    _ expected: UInt64, _ desired: UInt64, at point: CrashPoint
  ) -> Bool {
    CrashPoint.reach(point)
    return unsafe pointer.pointee.compareExchange(
      expected: expected, desired: desired, ordering: .sequentiallyConsistent
    ).exchanged
  }
}

/// A full fence between a store and a later load of other words: C11 `atomic_thread_fence`
/// with `memory_order_seq_cst`. A read-modify-write does not replace it on Arm.
@inlinable @inline(__always)
public func fence() { atomicMemoryFence(ordering: .sequentiallyConsistent) }

/// The same right behind an atomic exchange, or the release of a `RobustMutex`, which is one.
///
/// On x86 every locked instruction is such a fence already (Intel SDM 3A, 9.2.3.9; AMD APM 2, 7.4.2),
/// and glibc exchanges the lock's word to find out whether somebody waits. Elsewhere, on Arm above
/// all, an exchange does not order a store before it with a load after it.
@inlinable @inline(__always)
public func fenceAfterExchange() {
  #if !arch(x86_64)
    fence()
  #endif
}
