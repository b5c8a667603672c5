public import CIterableQueue

/// A point of CLOCK_MONOTONIC, in nanoseconds.
@frozen
public struct Deadline: Comparable, Hashable, Sendable {
  public var nanoseconds: UInt64

  @inlinable
  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  @inlinable
  public static var never: Deadline { Deadline(nanoseconds: .max) }
  @inlinable
  public static var now: Deadline { Deadline(nanoseconds: ciq_now()) }

  /// `duration` from now; a negative duration is none, one of centuries is `never`.
  public init(after duration: Duration) {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else {
      self = .now
      return
    }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflow2) = whole.addingReportingOverflow(
      UInt64(attoseconds / 1_000_000_000) + ciq_now())
    self = overflow || overflow2 || sum > UInt64(Int64.max) ? .never : Deadline(nanoseconds: sum)
  }

  @inlinable
  public static func < (a: Deadline, b: Deadline) -> Bool { a.nanoseconds < b.nanoseconds }
  @inlinable
  public var isPast: Bool { self <= .now }
}
