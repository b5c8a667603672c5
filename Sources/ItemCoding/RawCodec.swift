/// Carries the bytes of an item as they lie in memory.
///
/// It is for types without pointers, booleans or enums inside, in programs built from the same
/// source: the layout of a Swift type is no contract between others. Bytes are taken as they come,
/// so a type for which some bit patterns are invalid does not belong here.
public struct RawCodec<Item: BitwiseCopyable>: ItemCodec {
  @inlinable
  public init() {}

  public var name: String { "raw\(MemoryLayout<Item>.size)" }

  @inlinable
  public func encode(_ item: Item, into buffer: inout EncodingBuffer) {
    buffer.append(bytesOf: item)
  }

  /// The item whose bytes these are; throws `DecodingError.dataCorrupted` if their number differs.
  @inlinable
  public func decode(_ bytes: RawSpan) throws -> Item {
    guard bytes.byteCount == MemoryLayout<Item>.size else {
      throw rawSizeMismatch(expected: MemoryLayout<Item>.size, found: bytes.byteCount)
    }
    return unsafe bytes.unsafeLoadUnaligned(as: Item.self)
  }
}

@usableFromInline
func rawSizeMismatch(expected: Int, found: Int) -> DecodingError {
  DecodingError.dataCorrupted(
    .init(codingPath: [], debugDescription: "expected \(expected) bytes, found \(found)"))
}

extension ItemCodec {
  /// The bytes of an item as they lie in memory.
  @inlinable
  public static func raw<Item: BitwiseCopyable>() -> RawCodec<Item> where Self == RawCodec<Item> {
    RawCodec()
  }
}

/// A codec whose bytes are the item's own, so that no encoder need be called.
package protocol RawBytesCodec {}
extension RawCodec: RawBytesCodec {}
