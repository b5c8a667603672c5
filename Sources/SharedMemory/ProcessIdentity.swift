public import CIterableQueue

/// A process, by its id and the time at which it started, so that a reused id is another process.
///
/// `exec` keeps both. The value 0 is nobody.
@frozen
public struct ProcessIdentity: Hashable, Sendable {
  /// Start time in clock ticks since boot << 22 | process id.
  public var rawValue: UInt64

  @inlinable @inline(__always)
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  @inlinable
  public static var nobody: ProcessIdentity { ProcessIdentity(rawValue: 0) }

  /// This process. One load; the word behind it is cleared by the kernel in a child of `fork`.
  @inlinable @inline(__always)
  public static var current: ProcessIdentity { ProcessIdentity(rawValue: ciq_self()) }

  /// The child `processIdentifier`, which has just been made. If it can no longer be looked at,
  /// the identity matches no process.
  public init(child processIdentifier: pid_t) {
    self.init(rawValue: ciq_owner_of(processIdentifier))
  }

  public var processIdentifier: pid_t { ciq_owner_pid(rawValue) }
  /// In clock ticks since boot.
  public var startTime: UInt64 { rawValue >> UInt64(ciq_pid_bits) }
}
