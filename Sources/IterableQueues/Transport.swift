internal import FoundationEssentials
public import ItemCoding

/// How items travel: as the bytes they are, or through a codec.
@usableFromInline
struct Transport<Item>: Sendable {
  @usableFromInline let codec: SharedCodec<Item>
  /// Whether the item's own bytes are sent; only for types of which every bit pattern is a value.
  @usableFromInline let isRaw: Bool
  /// Whether an item is `[UInt8]` or `Data` that travels as a CBOR byte string.
  @usableFromInline let isByteString: Bool
  /// What the queue's header calls the encoding.
  let name: String

  init(_ codec: some ItemCodec<Item>) {
    isRaw = codec is any RawBytesCodec
    self.codec = SharedCodecOf(codec)
    isByteString = codec is CBORCodec<[UInt8]> || codec is CBORCodec<Data>
    name = codec.name
  }
}

extension Transport where Item: Codable {
  /// What `Item.self` asks for: raw bytes for the plain numbers, CBOR for all else.
  init(choosing: Item.Type) {
    if isRawScalar(Item.self) {
      self.init(OwnBytesCodec<Item>())
    } else {
      self.init(CBORCodec<Item>())
    }
  }
}

extension Transport {
  /// Encodes `item` into the emptied buffer of `workspace`.
  @inlinable
  func encode(_ item: Item, into workspace: Workspace) throws(QueueError) {
    unsafe workspace.encoded.removeAll()
    do {
      try unsafe codec.encode(item, into: &workspace.encoded)
    } catch {
      throw QueueError.unencodable(error)
    }
  }

  /// The item that `bytes` encode.
  @inlinable
  func decode(_ bytes: UnsafeRawBufferPointer) throws -> Item {
    if isByteString, let item = unsafe byteStringItem(bytes, Item.self) { return item }
    return try unsafe codec.decode(bytes.bytes)
  }
}

/// A codec where it is called without being copied, as it would be out of an `any ItemCodec`.
@usableFromInline
class SharedCodec<Item>: @unchecked Sendable {
  @usableFromInline
  func encode(_ item: Item, into buffer: inout EncodingBuffer) throws {
    fatalError("a codec overrides this")
  }

  @usableFromInline
  func decode(_ bytes: RawSpan) throws -> Item { fatalError("a codec overrides this") }
}

private final class SharedCodecOf<Codec: ItemCodec>: SharedCodec<Codec.Item>, @unchecked Sendable {
  private let codec: Codec

  init(_ codec: Codec) { self.codec = codec }

  override func encode(_ item: Codec.Item, into buffer: inout EncodingBuffer) throws {
    try codec.encode(item, into: &buffer)
  }

  override func decode(_ bytes: RawSpan) throws -> Codec.Item { try codec.decode(bytes) }
}

/// As `RawCodec`, for a type that only the running program knows to be a plain number.
struct OwnBytesCodec<Item>: ItemCodec, RawBytesCodec {
  var name: String { "raw\(MemoryLayout<Item>.size)" }

  func encode(_ item: Item, into buffer: inout EncodingBuffer) {
    unsafe Swift.withUnsafeBytes(of: item) { unsafe buffer.append(contentsOf: $0.bytes) }
  }

  func decode(_ bytes: RawSpan) throws -> Item {
    if bytes.byteCount != MemoryLayout<Item>.size {
      throw RawSizeMismatch(expected: MemoryLayout<Item>.size, found: bytes.byteCount)
    }
    return unsafe withUnsafeTemporaryAllocation(of: Item.self, capacity: 1) { copy in
      unsafe bytes.withUnsafeBytes {
        unsafe UnsafeMutableRawBufferPointer(copy).copyMemory(from: $0)
      }
      return unsafe copy[0]
    }
  }
}

/// An item of a raw queue has another number of bytes than its type.
@usableFromInline
struct RawSizeMismatch: Error, CustomStringConvertible {
  @usableFromInline let expected: Int
  @usableFromInline let found: Int
  @usableFromInline init(expected: Int, found: Int) {
    self.expected = expected
    self.found = found
  }
  @usableFromInline var description: String { "expected \(expected) bytes, found \(found)" }
}
