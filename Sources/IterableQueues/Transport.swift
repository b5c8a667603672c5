internal import FoundationEssentials
public import ItemCoding

/// How items travel: as the bytes they are, or through a codec.
@usableFromInline
struct Transport<Item>: Sendable {
  /// Nil if the item's own bytes are sent; only for types of which every bit pattern is a value.
  @usableFromInline let codec: (any ItemCodec<Item>)?
  /// Stored, because to ask the codec is to copy it.
  @usableFromInline let isRaw: Bool
  /// Whether an item is `[UInt8]` or `Data` that travels as a CBOR byte string.
  @usableFromInline let isByteString: Bool
  /// What the queue's header calls the encoding.
  let name: String

  init(_ codec: some ItemCodec<Item>) {
    self.init(codec: codec is any RawBytesCodec ? nil : codec, name: codec.name)
  }

  private init(codec: (any ItemCodec<Item>)?, name: String) {
    self.codec = codec
    isRaw = codec == nil
    isByteString = codec is CBORCodec<[UInt8]> || codec is CBORCodec<Data>
    self.name = name
  }
}

extension Transport where Item: Codable {
  /// What `Item.self` asks for: raw bytes for the plain numbers, CBOR for all else.
  init(choosing: Item.Type) {
    if isRawScalar(Item.self) {
      self.init(codec: nil, name: "raw\(MemoryLayout<Item>.size)")
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
      unsafe try codec.unsafelyUnwrapped.encode(item, into: &workspace.encoded)
    } catch {
      throw QueueError.unencodable(error)
    }
  }

  /// The item that `bytes` encode.
  @inlinable
  func decode(_ bytes: UnsafeRawBufferPointer) throws -> Item {
    if isByteString, let item = unsafe byteStringItem(bytes, Item.self) { return item }
    if let codec { return try unsafe codec.decode(bytes.bytes) }
    if bytes.count != MemoryLayout<Item>.size {
      throw RawSizeMismatch(expected: MemoryLayout<Item>.size, found: bytes.count)
    }
    return unsafe withUnsafeTemporaryAllocation(of: Item.self, capacity: 1) { copy in
      unsafe UnsafeMutableRawBufferPointer(copy).copyMemory(from: bytes)
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
