/// How values are written as CBOR, and how deep what is read may nest.
///
/// Reading understands every form whatever the options say, so two programs with different
/// options understand each other.
public struct CBOROptions: Sendable {
  /// How a `Date` is written.
  public enum DateStrategy: Sendable {
    /// Seconds since 1970, as tag 1 (RFC 8949, section 3.4.2).
    ///
    /// Every standard reader knows it. A date keeps its value to about a tenth of a microsecond:
    /// the moved origin costs the last bit of the `Double` inside.
    case epoch
    /// Text such as `2026-11-22T15:11:09.25Z`, to the millisecond, as tag 0 (section 3.4.1).
    case text
    /// The `Double` that Swift's `Date` holds, seconds since 2001, without a tag: bit for bit.
    case reference
  }

  /// Whether equal values are written as equal bytes, with the keys of every map sorted
  /// (RFC 8949, section 4.2.1).
  public var isDeterministic: Bool
  /// How dates are written; all forms are read.
  public var dates: DateStrategy
  /// How many arrays and maps may lie within each other, both ways; what lies deeper is an error.
  ///
  /// A level takes up to about a kilobyte of the thread's stack, more in a debug build.
  public var nestingLimit: Int {
    didSet { nestingLimit = max(0, nestingLimit) }
  }
  /// What `Encoder.userInfo` and `Decoder.userInfo` hold.
  public var userInfo: [CodingUserInfoKey: any Sendable]

  /// Makes options; the defaults are shortest forms, epoch dates and 256 levels.
  public init(
    isDeterministic: Bool = false, dates: DateStrategy = .epoch, nestingLimit: Int = 256,
    userInfo: [CodingUserInfoKey: any Sendable] = [:]
  ) {
    self.isDeterministic = isDeterministic
    self.dates = dates
    self.nestingLimit = max(0, nestingLimit)
    self.userInfo = userInfo
  }
}
