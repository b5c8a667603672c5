/// A CBOR byte string (RFC 8949, major type 2) that is a whole item: a head, then the bytes as they are.
///
/// So simple that an array of bytes needs neither encoder nor decoder.
package enum ByteString {
  /// The shortest head of a byte string of `count` bytes, its first byte lowest, and how many bytes it
  /// has. `count` is below 2^32.
  @inline(__always)
  package static func head(_ count: Int) -> (word: UInt64, bytes: Int) {
    let argument = UInt64(truncatingIfNeeded: count)
    let major = UInt64(Major.bytes)
    return switch count {
    case ..<24: (major | argument, 1)
    case ..<0x100: (major | 24 | argument << 8, 2)
    case ..<0x1_0000:
      (major | 25 | UInt64(UInt16(truncatingIfNeeded: argument).bigEndian) << 8, 3)
    default: (major | 26 | UInt64(UInt32(truncatingIfNeeded: argument).bigEndian) << 8, 5)
    }
  }

  /// The contents of the byte string that `item` is; nil if it is anything else, or comes in pieces.
  @inline(__always)
  package static func contents(of item: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard let first = unsafe item.first else { return nil }
    let head: Int
    let length: Int
    switch first {
    case Major.bytes..<Major.bytes + 24: (head, length) = (1, Int(first & 31))
    case Major.bytes | 24 where item.count >= 2: (head, length) = (2, unsafe Int(item[1]))
    case Major.bytes | 25 where item.count >= 3:
      let word = unsafe item.loadUnaligned(fromByteOffset: 1, as: UInt16.self)
      (head, length) = (3, Int(UInt16(bigEndian: word)))
    case Major.bytes | 26 where item.count >= 5:
      let word = unsafe item.loadUnaligned(fromByteOffset: 1, as: UInt32.self)
      (head, length) = (5, Int(UInt32(bigEndian: word)))
    default: return nil
    }
    return length == item.count - head
      ? unsafe UnsafeRawBufferPointer(rebasing: item[head...]) : nil
  }
}
