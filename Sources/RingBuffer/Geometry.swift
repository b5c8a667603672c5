package import CIterableQueue
internal import SharedMemory

/// The sizes of a queue's parts and where they lie in its file, in bytes.
///
///     header | control | slots | marks | in-flight buffers | ring | dead letters
///
/// The ring is mapped twice in a row, so that no record ever wraps.
public struct Geometry: Hashable, Sendable {
  public let maxItemBytes: Int
  /// The largest backlog in items.
  public let maxItems: Int
  public let maxEndpoints: Int
  public let maxHandles: Int
  public let ringBytes: Int
  /// Of one in-flight buffer.
  public let inFlightBytes: Int
  public let deadBytes: Int

  /// The alignment of each part, and the smallest ring.
  public static let pageBytes = Segment.pageBytes
  public static let mostItemBytes = 1 << 30
  public static let mostRingBytes = 1 << 32
  public static let mostItems = 1 << 31
  public static let mostEndpoints = 4096
  static let handles = 256

  let controlOffset: Int
  let slotsOffset: Int
  let marksOffset: Int
  let inFlightOffset: Int
  let ringOffset: Int
  let deadOffset: Int
  let fileBytes: Int
  var ring: Range<Int> { ringOffset..<deadOffset }

  /// Rounds `ringBytes` and `deadLetterBytes` up to what the largest item needs. The arguments are
  /// within the limits above.
  public init(
    maxItemBytes: Int, maxItems: Int, maxEndpoints: Int, ringBytes: Int, deadLetterBytes: Int
  ) {
    let record = Record.size(maxItemBytes)
    self.init(
      maxItemBytes: maxItemBytes, maxItems: maxItems, maxEndpoints: maxEndpoints,
      maxHandles: Self.handles,
      ringBytes: Self.powerOfTwo(max(ringBytes, 2 * record, Self.pageBytes)),
      inFlightBytes: Self.pages(record),
      deadBytes: Self.powerOfTwo(
        max(deadLetterBytes, 4 * (maxItemBytes + DeadLetterHeader.mostBytes), Self.pageBytes)))
  }

  private init(
    maxItemBytes: Int, maxItems: Int, maxEndpoints: Int, maxHandles: Int, ringBytes: Int,
    inFlightBytes: Int, deadBytes: Int
  ) {
    self.maxItemBytes = maxItemBytes
    self.maxItems = maxItems
    self.maxEndpoints = maxEndpoints
    self.maxHandles = maxHandles
    self.ringBytes = ringBytes
    self.inFlightBytes = inFlightBytes
    self.deadBytes = deadBytes
    controlOffset = Int(ciq_header_bytes)
    slotsOffset = unsafe controlOffset + Self.pages(MemoryLayout<ciq_control>.stride)
    marksOffset =
      slotsOffset + Self.pages((maxEndpoints + maxHandles) * MemoryLayout<ciq_slot>.stride)
    inFlightOffset = marksOffset + Self.pages(maxEndpoints * MemoryLayout<ciq_mark>.stride)
    ringOffset = inFlightOffset + maxEndpoints * inFlightBytes
    deadOffset = ringOffset + ringBytes
    fileBytes = deadOffset + deadBytes
  }

  /// Reads the geometry that a header states, or nil if the header contradicts itself or a limit.
  package init?(_ header: ciq_header) {
    guard header.max_item_bytes >= 1, header.max_item_bytes <= UInt64(Self.mostItemBytes),
      header.max_items >= 1, header.max_items <= UInt64(Self.mostItems),
      header.max_endpoints >= 1, header.max_endpoints <= UInt32(Self.mostEndpoints),
      header.max_handles == UInt32(Self.handles),
      header.ring_bytes <= UInt64(Self.mostRingBytes), header.dead_bytes <= 1 << 34
    else { return nil }
    self.init(
      maxItemBytes: Int(header.max_item_bytes), maxItems: Int(header.max_items),
      maxEndpoints: Int(header.max_endpoints), ringBytes: Int(header.ring_bytes),
      deadLetterBytes: Int(header.dead_bytes))
    guard header.ring_bytes == UInt64(ringBytes), header.dead_bytes == UInt64(deadBytes),
      header.in_flight_bytes == UInt64(inFlightBytes),
      header.control_offset == UInt64(controlOffset), header.slots_offset == UInt64(slotsOffset),
      header.marks_offset == UInt64(marksOffset),
      header.in_flight_offset == UInt64(inFlightOffset),
      header.ring_offset == UInt64(ringOffset), header.dead_offset == UInt64(deadOffset),
      header.file_bytes == UInt64(fileBytes)
    else { return nil }
  }

  /// Writes the geometry into a header.
  package func write(to header: inout ciq_header) {
    header.file_bytes = UInt64(fileBytes)
    header.control_offset = UInt64(controlOffset)
    header.slots_offset = UInt64(slotsOffset)
    header.marks_offset = UInt64(marksOffset)
    header.in_flight_offset = UInt64(inFlightOffset)
    header.ring_offset = UInt64(ringOffset)
    header.dead_offset = UInt64(deadOffset)
    header.in_flight_bytes = UInt64(inFlightBytes)
    header.ring_bytes = UInt64(ringBytes)
    header.dead_bytes = UInt64(deadBytes)
    header.max_item_bytes = UInt64(maxItemBytes)
    header.max_items = UInt64(maxItems)
    header.max_endpoints = UInt32(maxEndpoints)
    header.max_handles = UInt32(maxHandles)
  }

  private static func pages(_ bytes: Int) -> Int { (bytes + pageBytes - 1) & ~(pageBytes - 1) }
  private static func powerOfTwo(_ bytes: Int) -> Int {
    bytes <= 1 ? 1 : 1 << (Int.bitWidth - (bytes - 1).leadingZeroBitCount)
  }
}
