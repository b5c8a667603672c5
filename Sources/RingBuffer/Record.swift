/// One item in the ring or in a buffer: an 8-byte header and the payload, padded to 8 bytes.
///
///     | length: 32 bits | complement of length: 32 bits | payload, padded |
///
/// A header is read once, checked, then used.
enum Record {
  static let headerBytes = 8

  /// The bytes that an item of `payload` bytes takes.
  @inline(__always)
  static func size(_ payload: Int) -> Int { (payload &+ headerBytes &+ 7) & ~7 }

  @inline(__always)
  static func header(_ payload: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: payload) | UInt64(~UInt32(truncatingIfNeeded: payload)) << 32
  }

  /// The payload's length in bytes, or nil if the header is damaged or names more than `limit`.
  @inline(__always)
  static func length(_ header: UInt64, limit: Int) -> Int? {
    let length = UInt32(truncatingIfNeeded: header)
    guard UInt32(truncatingIfNeeded: header >> 32) == ~length, Int(length) <= limit else {
      return nil
    }
    return Int(length)
  }

  /// Writes the record of an item of `bytes` bytes to memory that nobody reads yet. `source` may be
  /// nil if there are none.
  @inline(__always)
  static func write(
    _ source: UnsafeRawPointer?, _ bytes: Int, to address: UnsafeMutableRawPointer
  ) {
    unsafe address.storeBytes(of: header(bytes), as: UInt64.self)
    guard let source = unsafe source else { return }
    unsafe copyPayload(from: source, to: address + headerBytes, bytes)
  }

  /// The same of an item whose first `headBytes` bytes, one to eight, are the lowest of `head`, and
  /// whose others lie at `source`.
  @inline(__always)
  static func write(
    _ head: UInt64, _ headBytes: Int, _ source: UnsafeRawBufferPointer,
    to address: UnsafeMutableRawPointer
  ) {
    unsafe address.storeBytes(of: header(headBytes &+ source.count), as: UInt64.self)
    unsafe address.storeBytes(of: head, toByteOffset: headerBytes, as: UInt64.self)
    if let start = source.baseAddress {
      unsafe (address + headerBytes + headBytes).copyMemory(from: start, byteCount: source.count)
    }
  }

  /// `memcpy`, but plain numbers are moved without a call.
  @inline(__always)
  static func copyPayload(
    from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ bytes: Int
  ) {
    if bytes == 8 {
      unsafe target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
    } else {
      unsafe target.copyMemory(from: source, byteCount: bytes)
    }
  }

  /// The same of whole records: a plain number and its header.
  @inline(__always)
  static func copy(
    from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ bytes: Int
  ) {
    if bytes == 16 {
      // As they were written, so that the processor can forward them.
      unsafe target.storeBytes(of: source.load(as: UInt64.self), as: UInt64.self)
      unsafe (target + 8).storeBytes(of: (source + 8).load(as: UInt64.self), as: UInt64.self)
    } else {
      unsafe target.copyMemory(from: source, byteCount: bytes)
    }
  }
}
