/// How far the ring was written or read: 8-byte units and items, each modulo 2^32, in one word.
///
/// The backlog in bytes and in items are differences of two positions, so that no crash can
/// separate them.
@frozen
public struct Position: Hashable, Sendable {
  public var rawValue: UInt64

  @inlinable @inline(__always)
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  @inlinable @inline(__always)
  public init(units: UInt32, items: UInt32) {
    rawValue = UInt64(units) << 32 | UInt64(items)
  }

  @inlinable @inline(__always)
  public var units: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
  @inlinable @inline(__always)
  public var items: UInt32 { UInt32(truncatingIfNeeded: rawValue) }

  @inlinable @inline(__always)
  func advanced(units: UInt32, items: UInt32) -> Position {
    Position(units: self.units &+ units, items: self.items &+ items)
  }
}
