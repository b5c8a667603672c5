internal import CIterableQueue
public import SharedMemory

/// What a queue's header says beside its geometry.
public struct QueueDescription: Hashable, Sendable {
  public var maxDeliveries: Int
  public var isPersistent: Bool
  public var isAtMostOnce: Bool
  public var namespaces = Namespaces.current
  /// When the queue was made, in nanoseconds since 1970, and by whom.
  public var created: UInt64 = 0
  public var creator = ProcessIdentity.nobody
  /// How long who waits looks again and again before it sleeps, in nanoseconds.
  public var spinNanoseconds: UInt64 = 0
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
    let ring = try build(segment, geometry, description)
    ring.writeHeader(description, isReady: true)
    return ring
  }

  /// Reserves what every operation writes, and makes the locks.
  private static func build(
    _ segment: Segment, _ geometry: Geometry, _ description: QueueDescription
  ) throws(SystemFailure) -> Ring {
    try segment.reserve(0..<geometry.marksOffset)
    try segment.reserve(geometry.ring)
    let ring = Ring(segment: segment, geometry: geometry, description)
    try ring.initialize()
    return ring
  }

  private func writeHeader(_ description: QueueDescription, isReady: Bool) {
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
    header.spin_nanoseconds = description.spinNanoseconds
    header.created = ciq_realtime()
    header.creator = ProcessIdentity.current.rawValue
    header.ready = isReady ? 1 : 0
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

// Queues with a name. They come with a handle of this process: a queue that is seen and has none
// open is one that was left.
extension Ring {
  /// Makes a queue that is complete but for its name; `publish` gives it that.
  static func unnamed(
    at path: String, _ geometry: Geometry, _ description: QueueDescription, permissions: UInt32
  ) throws(SystemFailure) -> (ring: Ring, handle: EndpointState) {
    let segment = try Segment.unnamed(
      fileBytes: geometry.fileBytes, ring: geometry.ring, path: path)
    let ring = try build(segment, geometry, description)
    ring.writeHeader(description, isReady: true)
    let handle = try ring.openFirstHandle()
    try segment.setPermissions(permissions)
    return (ring, handle)
  }

  /// Makes a queue under a name that is seen before it is finished.
  static func exclusive(
    at path: String, _ geometry: Geometry, _ description: QueueDescription, permissions: UInt32
  ) throws(SystemFailure) -> (ring: Ring, handle: EndpointState) {
    let segment = try Segment.exclusive(
      fileBytes: geometry.fileBytes, ring: geometry.ring, path: path, at: .exclusiveMake)
    do {
      let ring = try build(segment, geometry, description)
      ring.writeHeader(description, isReady: false)
      let handle = try ring.openFirstHandle()
      try segment.setPermissions(permissions)
      // SYNC ready: the creator publishes, attach observes.
      unsafe SharedWord(at: segment.base + 8).storeRelease(
        UInt64(ciq_layout_version) | 1 << 32, at: .exclusiveReady)
      segment.releaseMaker(at: .exclusiveRelease)
      return (ring, handle)
    } catch {
      try? segment.removeName(at: .exclusiveAbandon)
      throw error
    }
  }
}
