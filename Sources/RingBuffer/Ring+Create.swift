internal import CIterableQueue
public import SharedMemory

/// What a queue's header says beside its geometry.
public struct QueueDescription: Hashable, Sendable {
  public var maxDeliveries: Int
  public var isPersistent: Bool
  public var isAtMostOnce: Bool
  public var namespaces = Namespaces.current
  /// At most 64 bytes of UTF-8.
  public var codec: String
  /// At most 256 bytes of UTF-8.
  public var schema: String

  public init(
    maxDeliveries: Int, isPersistent: Bool, isAtMostOnce: Bool, codec: String, schema: String
  ) {
    self.maxDeliveries = maxDeliveries
    self.isPersistent = isPersistent
    self.isAtMostOnce = isAtMostOnce
    self.codec = codec
    self.schema = schema
  }
}

extension Ring {
  /// Makes a queue in an anonymous segment. What every operation writes is reserved here; what a
  /// consumer needs, when it registers.
  public static func anonymous(
    _ geometry: Geometry, _ description: QueueDescription
  ) throws(SystemFailure) -> Ring {
    let segment = try Segment.anonymous(
      label: "IterableQueue", fileBytes: geometry.fileBytes, ring: geometry.ring)
    try segment.reserve(0..<geometry.marksOffset)
    try segment.reserve(geometry.ring)
    let ring = Ring(segment: segment, geometry: geometry, description)
    try ring.initialize()
    ring.writeHeader(description)
    return ring
  }

  private func writeHeader(_ description: QueueDescription) {
    var header = ciq_header()
    header.magic = ciq_magic
    header.layout_version = UInt32(ciq_layout_version)
    geometry.write(to: &header)
    header.max_deliveries = UInt32(description.maxDeliveries)
    header.flags =
      (description.isPersistent ? UInt32(ciq_flag_persistent) : 0)
      | (description.isAtMostOnce ? UInt32(ciq_flag_at_most_once) : 0)
    header.pid_namespace = description.namespaces.pid
    header.time_namespace = description.namespaces.time
    Self.write(description, to: &header)
    header.ready = 1
    unsafe segment.base.storeBytes(of: header, as: ciq_header.self)
  }

  static func write(_ description: QueueDescription, to header: inout ciq_header) {
    write(description.codec, to: &header.codec)
    write(description.schema, to: &header.schema)
  }

  private static func write<Field>(_ text: String, to field: inout Field) {
    unsafe withUnsafeMutableBytes(of: &field) { bytes in
      unsafe bytes.copyBytes(from: text.utf8.prefix(bytes.count))
    }
  }
}
