/// The major types of RFC 8949, section 3.1, in place in the first byte of a data item.
enum Major {
  static let unsigned: UInt8 = 0x00
  static let negative: UInt8 = 0x20
  static let bytes: UInt8 = 0x40
  static let text: UInt8 = 0x60
  static let array: UInt8 = 0x80
  static let map: UInt8 = 0xa0
  static let tag: UInt8 = 0xc0
  static let simple: UInt8 = 0xe0
}

extension CBORWriter {
  @inline(__always)
  func writeByte(_ byte: UInt8) {
    reserve(1)
    unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count &+= 1
  }

  /// Writes the head of a data item in its shortest form (section 4.1).
  @inline(__always)
  func writeHead(_ major: UInt8, _ argument: UInt64) {
    reserve(9)
    putHead(major, argument)
  }

  /// As `writeHead`, where nine bytes are known to be free.
  @inline(__always)
  func putHead(_ major: UInt8, _ argument: UInt64) {
    let place = unsafe base + count
    if argument < 24 {
      unsafe place.storeBytes(of: major | UInt8(truncatingIfNeeded: argument), as: UInt8.self)
      count &+= 1
    } else if argument <= 0xff {
      unsafe place.storeBytes(of: major | 24, as: UInt8.self)
      unsafe place.storeBytes(
        of: UInt8(truncatingIfNeeded: argument), toByteOffset: 1, as: UInt8.self)
      count &+= 2
    } else if argument <= 0xffff {
      unsafe place.storeBytes(of: major | 25, as: UInt8.self)
      unsafe place.storeBytes(
        of: UInt16(truncatingIfNeeded: argument).bigEndian, toByteOffset: 1, as: UInt16.self)
      count &+= 3
    } else if argument <= 0xffff_ffff {
      unsafe place.storeBytes(of: major | 26, as: UInt8.self)
      unsafe place.storeBytes(
        of: UInt32(truncatingIfNeeded: argument).bigEndian, toByteOffset: 1, as: UInt32.self)
      count &+= 5
    } else {
      unsafe place.storeBytes(of: major | 27, as: UInt8.self)
      unsafe place.storeBytes(of: argument.bigEndian, toByteOffset: 1, as: UInt64.self)
      count &+= 9
    }
  }

  /// Copies `bytes` to the end, as they are.
  @inline(__always)
  func writeRaw(_ bytes: UnsafeRawBufferPointer) {
    reserve(bytes.count)
    unsafe putRaw(bytes)
  }

  @inline(__always)
  private func putRaw(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    unsafe (base + count).copyMemory(from: source, byteCount: bytes.count)
    count &+= bytes.count
  }

  func writeBytes(_ bytes: UnsafeRawBufferPointer) {
    reserve(9 + bytes.count)
    putHead(Major.bytes, UInt64(bytes.count))
    unsafe putRaw(bytes)
  }

  @inline(__always)
  func writeText(_ text: String) {
    unsafe text.withBytes { unsafe writeUTF8($0) }
  }

  @inline(__always)
  func writeUTF8(_ bytes: UnsafeRawBufferPointer) {
    reserve(17 &+ bytes.count)
    putHead(Major.text, UInt64(truncatingIfNeeded: bytes.count))
    guard let source = bytes.baseAddress else { return }
    unsafe copyBytes(source, to: base + count, bytes.count)
    count &+= bytes.count
  }

  /// Opens a gap of `size` bytes at `offset`; what lies after it moves.
  func openGap(at offset: Int, size: Int) {
    reserve(size)
    unsafe (base + offset + size).copyMemory(from: base + offset, byteCount: count - offset)
    count += size
  }

  /// The bytes from `start` on are taken off the end.
  func cut(from start: Int) -> [UInt8] {
    let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: base + start, count: count - start))
    count = start
    return bytes
  }
}
