internal import CIterableQueue
public import SharedMemory

/// Why a file is not a queue that this process can use.
public enum AttachFailure: Error, Hashable, Sendable {
  /// Whoever creates the queue has not finished, or died before it had.
  case notReady
  /// The file is something else.
  case foreign
  /// What has the name is no file, but, in words, something else.
  case notRegular(String)
  /// The file belongs to another user.
  case otherUser(UInt32)
  /// The queue was made by another version of the library, with this layout.
  case version(Int)
  /// The header contradicts itself, or a limit.
  case geometry
  /// The file is `found` bytes long, and the header says `stated`, or is cut off.
  case fileLength(stated: Int, found: Int)
  /// The queue's processes have other process ids than this one.
  case pidNamespace
  /// The queue's processes have another clock than this one.
  case timeNamespace
  case codec(expected: String, found: String)
  case schema(expected: String, found: String)
  case system(SystemFailure)
}

extension Ring {
  /// The layout that this library writes.
  package static var layoutVersion: Int { Int(ciq_layout_version) }

  /// Opens the queue in the file behind `descriptor`, which the ring owns from then on; it is
  /// closed if this throws. `codec` and `schema` are what the queue's must be; nil for any.
  ///
  /// The header is copied once, checked, then used: nothing is mapped before all of it is valid,
  /// and what others write to it afterwards does not matter.
  public static func attach(
    owning descriptor: CInt, codec: String?, schema: String?, path: String? = nil
  ) throws(AttachFailure) -> Ring {
    let (geometry, description): (Geometry, QueueDescription)
    do {
      (geometry, description) = try readHeader(descriptor, codec: codec, schema: schema)
    } catch {
      Segment.discard(descriptor)
      throw error
    }
    do {
      let segment = try Segment(
        owning: descriptor, fileBytes: geometry.fileBytes, ring: geometry.ring, path: path)
      return Ring(segment: segment, geometry: geometry, description)
    } catch {
      throw .system(error)
    }
  }

  private static func readHeader(
    _ descriptor: CInt, codec: String?, schema: String?
  ) throws(AttachFailure) -> (Geometry, QueueDescription) {
    let (header, length) = try copyHeader(descriptor)
    guard let geometry = Geometry(header),
      1...Mark.maxAttempts ~= Int(header.max_deliveries),
      header.flags & ~UInt32(ciq_flag_persistent | ciq_flag_at_most_once) == 0,
      header.spin_nanoseconds <= Ring.reapInterval
    else { throw .geometry }
    guard geometry.fileBytes == length else {
      throw .fileLength(stated: geometry.fileBytes, found: length)
    }
    let here = Namespaces.current
    if header.pid_namespace != here.pid { throw .pidNamespace }
    if header.time_namespace != here.time { throw .timeNamespace }
    var description = QueueDescription(
      maxDeliveries: Int(header.max_deliveries),
      isPersistent: header.flags & UInt32(ciq_flag_persistent) != 0,
      isAtMostOnce: header.flags & UInt32(ciq_flag_at_most_once) != 0,
      codec: text(bytes(header.codec)), schema: text(bytes(header.schema)))
    description.spinNanoseconds = header.spin_nanoseconds
    description.created = header.created
    description.creator = ProcessIdentity(rawValue: header.creator)
    if let codec, asWritten(codec, in: header.codec) != bytes(header.codec) {
      throw .codec(expected: codec, found: description.codec)
    }
    if let schema, asWritten(schema, in: header.schema) != bytes(header.schema) {
      throw .schema(expected: schema, found: description.schema)
    }
    return (geometry, description)
  }

  /// The header of a finished queue, each byte read once, and the file's length.
  static func copyHeader(
    _ descriptor: CInt
  ) throws(AttachFailure) -> (header: ciq_header, fileBytes: Int) {
    let length = try orFailure { () throws(SystemFailure) in try Segment.length(of: descriptor) }
    var header = ciq_header()
    // First what never moves; the rest is read after `ready`, which the creator stores last.
    let all = MemoryLayout<ciq_header>.size
    let first = Int(ciq_header_first_bytes)
    let start = try read(descriptor, 0..<first, into: &header)
    // A creator that has only begun: an empty file, or one in which nothing is written yet.
    if start == 0 || header.magic == 0 && header.ready == 0 { throw .notReady }
    if header.magic != ciq_magic { throw .foreign }
    if start < first { throw .fileLength(stated: all, found: length) }
    if header.layout_version != UInt32(ciq_layout_version) {
      throw .version(Int(header.layout_version))
    }
    if header.ready != 1 { throw .notReady }
    fence()  // SYNC ready: the creator publishes, attach observes.
    let rest = try read(descriptor, first..<all, into: &header)
    if rest < all - first { throw .fileLength(stated: all, found: length) }
    return (header, length)
  }

  /// Copies a range of the file to the same place of the header, and says how much of it there is.
  private static func read(
    _ descriptor: CInt, _ range: Range<Int>, into header: inout ciq_header
  ) throws(AttachFailure) -> Int {
    try unsafe withUnsafeMutableBytes(of: &header) { bytes throws(AttachFailure) in
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[range])
      return try orFailure { () throws(SystemFailure) in
        try unsafe Segment.read(descriptor, at: range.lowerBound, into: part)
      }
    }
  }

  static func orFailure<Value>(
    _ body: () throws(SystemFailure) -> Value
  ) throws(AttachFailure) -> Value {
    do { return try body() } catch { throw .system(error) }
  }

  /// Texts are compared as they are written, cut off where they do not fit.
  private static func asWritten<Field>(_ text: String, in field: Field) -> [UInt8] {
    let count = MemoryLayout<Field>.size
    let cut = Array(text.utf8.prefix(count))
    return cut + [UInt8](repeating: 0, count: count - cut.count)
  }

  private static func bytes<Field>(_ field: Field) -> [UInt8] {
    unsafe withUnsafeBytes(of: field) { unsafe Array($0) }
  }

  private static func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
