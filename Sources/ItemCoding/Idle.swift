internal import Synchronization

/// Up to four objects that no thread is using, kept for whoever needs one next.
///
/// Without a lock, which a child of `fork` might find held by a thread that it does not have.
@safe
package struct Idle<Object: AnyObject>: ~Copyable, @unchecked Sendable {
  private let first = unsafe Atomic<UnsafeMutableRawPointer?>(nil)
  private let second = unsafe Atomic<UnsafeMutableRawPointer?>(nil)
  private let third = unsafe Atomic<UnsafeMutableRawPointer?>(nil)
  private let fourth = unsafe Atomic<UnsafeMutableRawPointer?>(nil)

  package init() {}

  deinit { while let object = unsafe take() { unsafe object.release() } }

  /// Calls `body` with one of them, or with what `make` makes if all are in use; no reference is counted.
  @inline(__always)
  package borrowing func withObject<Result>(
    or make: () -> Object, _ body: (Object) throws -> Result
  ) rethrows -> Result {
    let object = unsafe take() ?? .passRetained(make())
    defer { unsafe giveBack(object) }
    return try unsafe object._withUnsafeGuaranteedRef(body)
  }

  /// One of them, which the caller owns then, or nil if all are in use.
  package borrowing func take() -> Unmanaged<Object>? {
    unsafe Self.take(first) ?? Self.take(second) ?? Self.take(third) ?? Self.take(fourth)
  }

  /// Keeps an object that the caller owns, or lets it go if there are four already.
  package borrowing func giveBack(_ object: Unmanaged<Object>) {
    let kept = unsafe object.toOpaque()
    if unsafe Self.put(kept, first) || Self.put(kept, second) || Self.put(kept, third)
      || Self.put(kept, fourth)
    {
      return
    }
    unsafe object.release()
  }

  private static func take(
    _ place: borrowing Atomic<UnsafeMutableRawPointer?>
  ) -> Unmanaged<Object>? {
    guard let kept = unsafe place.exchange(nil, ordering: .acquiring) else { return nil }
    return unsafe Unmanaged<Object>.fromOpaque(kept)
  }

  private static func put(
    _ object: UnsafeMutableRawPointer, _ place: borrowing Atomic<UnsafeMutableRawPointer?>
  ) -> Bool {
    unsafe place.compareExchange(expected: nil, desired: object, ordering: .releasing).exchanged
  }
}
