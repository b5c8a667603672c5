internal import SharedMemory

/// Items that a consumer holds in an in-flight buffer.
///
/// Two words, so that it travels in registers:
///
///     | mark | delivered: 32, rest's attempts: 16, buffer: 16 |
@frozen
public struct Delivery: Hashable, Sendable {
  /// The buffer's mark as this consumer last stored it.
  var mark: Mark
  private var detail: UInt64

  @inline(__always)
  init(buffer: Int, mark: Mark, restAttempts: Int, delivered: Int) {
    self.mark = mark
    detail =
      UInt64(truncatingIfNeeded: buffer) | UInt64(truncatingIfNeeded: restAttempts) << 16
      | UInt64(truncatingIfNeeded: delivered) << 32
  }

  /// What a consumer holds that holds nothing, and which buffer it used last.
  public static func nothing(lastBuffer: Int) -> Delivery {
    Delivery(buffer: lastBuffer, mark: .free, restAttempts: 0, delivered: 0)
  }
  public var isNothing: Bool { mark.isFree }

  /// The in-flight buffer's index.
  public var buffer: Int { Int(detail & 0xFFFF) }
  /// How often the items behind the delivered ones were delivered before. An adopted buffer's come
  /// one by one, so that an item that kills its consumers does not take its neighbours along.
  var restAttempts: Int { Int(detail >> 16 & 0xFFFF) }
  /// How many items from the mark's cursor on are in the user's hands.
  public internal(set) var delivered: Int {
    get { Int(detail >> 32) }
    set { detail = detail & 0xFFFF_FFFF | UInt64(truncatingIfNeeded: newValue) << 32 }
  }

  /// How often the delivered items have been delivered, this time included.
  public var attempt: Int { mark.attempts }

  /// Whether nothing of the buffer is left once the delivered items are acknowledged.
  @inline(__always)
  var isFinishing: Bool { delivered > 0 && mark.cursor &+ delivered >= mark.count }

  /// The same with only the first `count` items in the user's hands.
  public func cut(to count: Int) -> Delivery {
    var delivery = self
    delivery.delivered = count
    return delivery
  }
}

/// Reads the delivered items of a buffer, in order.
///
/// The bytes stay as they are until the delivery is acknowledged or rejected.
@safe
public struct DeliveryReader {
  private let base: UnsafeMutableRawPointer
  private let maxItemBytes: Int
  private let bytes: Int
  private var offset = 0
  private var left: Int
  /// Whether a record's header turned out to be damaged, so that the items behind it cannot be read.
  public private(set) var isDamaged = false

  /// Reads nothing outside the buffer, whatever lies in it.
  @inline(__always)
  init(_ ring: Ring, buffer: Int, skipping first: Int, count: Int) {
    unsafe base = ring.bufferAddress(buffer)
    maxItemBytes = ring.geometry.maxItemBytes
    bytes = ring.geometry.inFlightBytes
    left = count
    if first > 0 { skip(first) }
  }

  private mutating func skip(_ count: Int) {
    let wanted = left
    left = count
    while unsafe next() != nil {}
    left = wanted
  }

  /// The next item's bytes; nil at the end, and where a header is damaged.
  @inline(__always)
  public mutating func next() -> UnsafeRawBufferPointer? {
    if left == 0 || isDamaged { return nil }
    left &-= 1
    if offset &+ Record.headerBytes <= bytes,
      let length = Record.length(
        unsafe SharedWord(at: base + offset).loadRelaxed(), limit: maxItemBytes),
      offset &+ Record.size(length) <= bytes
    {
      let start = unsafe base + (offset &+ Record.headerBytes)
      offset &+= Record.size(length)
      return unsafe UnsafeRawBufferPointer(start: start, count: length)
    }
    isDamaged = true
    return nil
  }

  /// Copies the next items, as long as they have `bytes` bytes, to `destination`, `stride` bytes apart.
  /// Returns how many.
  @inline(__always)
  mutating func copyNext(each bytes: Int, stride: Int, to destination: UnsafeMutableRawPointer)
    -> Int
  {
    if isDamaged { return 0 }
    let size = Record.size(bytes)
    let most = min(left, (self.bytes &- offset) / size)
    let header = Record.header(bytes)
    var source = unsafe base + offset
    var target = unsafe destination
    var count = 0
    while count < most, unsafe SharedWord(at: source).loadRelaxed() == header {
      unsafe Record.copyPayload(from: source + Record.headerBytes, to: target, bytes)
      unsafe source += size
      unsafe target += stride
      count &+= 1
    }
    offset &+= count &* size
    left &-= count
    return count
  }
}

extension Ring {
  /// The delivered items, but for the first `count`.
  @inline(__always)
  public func reader(of delivery: Delivery, after count: Int = 0) -> DeliveryReader {
    DeliveryReader(
      self, buffer: delivery.buffer, skipping: delivery.mark.cursor &+ count,
      count: delivery.delivered &- count)
  }

  /// Copies the delivered items, each of `bytes` bytes, to `destination`, `stride` bytes apart.
  ///
  /// Returns how many were copied before the first that has another size, and that one's size, or
  /// before the first whose header is damaged.
  public func copyItems(
    of delivery: Delivery, each bytes: Int, stride: Int, to destination: UnsafeMutableRawPointer
  ) -> CopiedItems {
    unsafe copyItemsInline(of: delivery, each: bytes, stride: stride, to: destination)
  }

  @inline(__always)
  func copyItemsInline(
    of delivery: Delivery, each bytes: Int, stride: Int, to destination: UnsafeMutableRawPointer
  ) -> CopiedItems {
    var reader = reader(of: delivery)
    var count = unsafe reader.copyNext(each: bytes, stride: stride, to: destination)
    while let item = unsafe reader.next() {
      if item.count != bytes { return .stopped(after: count, at: item.count) }
      let target = unsafe destination + (count &* stride)
      let source = unsafe item.baseAddress.unsafelyUnwrapped
      unsafe Record.copyPayload(from: source, to: target, bytes)
      count &+= 1
    }
    return reader.isDamaged ? .damaged(after: count) : .all
  }

  /// How `copyItems` ended.
  public enum CopiedItems: Hashable, Sendable {
    case all
    /// After so many items came one of another size, in bytes.
    case stopped(after: Int, at: Int)
    case damaged(after: Int)
  }
}
