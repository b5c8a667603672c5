/// A CBOR byte string (RFC 8949, major type 2) that is a whole item: a head, then the bytes as they are.
///
/// So simple that an array of bytes needs neither encoder nor decoder.
package enum ByteString {
  /// The head of a byte string of `count` bytes in its shortest form, the first byte lowest, and how
  /// many bytes it has. `count` is below 2^32.
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

  /// The contents of the byte string that `item` is; nil if it is anything else, or written in another
  /// form.
  @inline(__always)
  package static func contents(of item: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard item.count >= 9 else { return unsafe shortContents(of: item) }
    let word = unsafe item.loadUnaligned(as: UInt64.self)
    // What would be its head.
    for bytes in [1, 2, 3, 5] {
      let (head, size) = self.head(item.count - bytes)
      if size == bytes, word & (1 << UInt64(8 * size) - 1) == head {
        return unsafe UnsafeRawBufferPointer(rebasing: item[size...])
      }
    }
    return nil
  }
}
