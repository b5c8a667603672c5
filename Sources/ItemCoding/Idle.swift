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

  deinit { while take() != nil {} }

  /// One of them, or nil if all are in use.
  package borrowing func take() -> Object? {
    unsafe Self.take(first) ?? Self.take(second) ?? Self.take(third) ?? Self.take(fourth)
  }

  /// Keeps `object`, or lets it go if there are four already.
  package borrowing func giveBack(_ object: Object) {
    let kept = unsafe Unmanaged.passRetained(object)
    if unsafe Self.put(kept.toOpaque(), first) || Self.put(kept.toOpaque(), second)
      || Self.put(kept.toOpaque(), third) || Self.put(kept.toOpaque(), fourth)
    {
      return
    }
    unsafe kept.release()
  }

  private static func take(_ place: borrowing Atomic<UnsafeMutableRawPointer?>) -> Object? {
    guard let kept = unsafe place.exchange(nil, ordering: .acquiring) else { return nil }
    return unsafe Unmanaged<Object>.fromOpaque(kept).takeRetainedValue()
  }

  private static func put(
    _ object: UnsafeMutableRawPointer, _ place: borrowing Atomic<UnsafeMutableRawPointer?>
  ) -> Bool {
    unsafe place.compareExchange(expected: nil, desired: object, ordering: .releasing).exchanged
  }
}
