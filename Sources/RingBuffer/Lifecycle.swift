/// Whether the queue is open, and how many endpoints and handles are, in one word.
///
/// The counts follow from the slots: one store under the registry lock changes them, and whoever
/// gets that lock from a dead owner counts again.
@frozen
public struct Lifecycle: Hashable, Sendable {
  public var rawValue: UInt64

  init(rawValue: UInt64) { self.rawValue = rawValue }

  private static let countMask: UInt64 = 0x1FFF

  private func bit(_ position: UInt64) -> Bool { rawValue & (1 << position) != 0 }
  private mutating func setBit(_ position: UInt64, _ value: Bool) {
    rawValue = value ? rawValue | 1 << position : rawValue & ~(1 << position)
  }
  private func field(_ shift: UInt64) -> Int { Int(rawValue >> shift & Self.countMask) }
  private mutating func setField(_ shift: UInt64, _ value: Int) {
    rawValue =
      rawValue & ~(Self.countMask << shift)
      | (UInt64(truncatingIfNeeded: value) & Self.countMask) << shift
  }

  public internal(set) var isCancelled: Bool {
    get { bit(63) }
    set { setBit(63, newValue) }
  }
  /// Whether no further producer is let in.
  public internal(set) var isClosed: Bool {
    get { bit(62) }
    set { setBit(62, newValue) }
  }
  /// Whether the last consumers died, and none came since.
  public internal(set) var lostLastConsumers: Bool {
    get { bit(61) }
    set { setBit(61, newValue) }
  }
  /// Whether the name was taken away, so that nobody else is let in by it.
  public internal(set) var isRetired: Bool {
    get { bit(60) }
    set { setBit(60, newValue) }
  }
  public internal(set) var producers: Int {
    get { field(0) }
    set { setField(0, newValue) }
  }
  public internal(set) var consumers: Int {
    get { field(13) }
    set { setField(13, newValue) }
  }
  public internal(set) var handles: Int {
    get { field(26) }
    set { setField(26, newValue) }
  }

  subscript(kind: SlotKind) -> Int {
    get {
      switch kind {
      case .producer: producers
      case .consumer: consumers
      case .handle: handles
      }
    }
    set {
      switch kind {
      case .producer: producers = newValue
      case .consumer: consumers = newValue
      case .handle: handles = newValue
      }
    }
  }

  /// Whether nothing can come any more.
  public var isEnded: Bool { isClosed && producers == 0 }
  /// Whether a put that finds no room would wait for nobody.
  public var isWithoutConsumers: Bool { consumers == 0 && (isClosed || lostLastConsumers) }
}
