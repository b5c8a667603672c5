internal import FoundationEssentials
internal import ItemCoding

// `[UInt8]` and `Data`, which are a CBOR byte string once their head is written before them.

/// Gives the bytes of `item`, which is one of the two, to `body`.
@inlinable @inline(__always)
func withBytes<Item, Result, Failure: Error>(
  ofByteString item: Item, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
) throws(Failure) -> Result {
  if Item.self == [UInt8].self {
    let array = unsafe unsafeBitCast(item, to: [UInt8].self)
    return try unsafe array.span.bytes.withUnsafeBytes(body)
  }
  return try unsafe withBytes(ofData: item, body)
}

@usableFromInline
func withBytes<Item, Result, Failure: Error>(
  ofData item: Item, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
) throws(Failure) -> Result {
  let data = unsafe unsafeBitCast(item, to: Data.self)
  return try unsafe data.bytes.withUnsafeBytes(body)
}

/// The item of this type, one of the two, that is the contents of a byte string; nil if `bytes` are
/// anything else, or come in pieces.
@inlinable @inline(__always)
func byteStringItem<Item>(_ bytes: UnsafeRawBufferPointer, _: Item.Type) -> Item? {
  if Item.self == [UInt8].self {
    return unsafe arrayOfByteString(bytes).map { unsafe unsafeBitCast($0, to: Item.self) }
  }
  return unsafe dataOfByteString(bytes, Item.self)
}

@usableFromInline
func arrayOfByteString(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
  unsafe ByteString.contents(of: bytes).map { unsafe [UInt8]($0) }
}

@usableFromInline
func dataOfByteString<Item>(_ bytes: UnsafeRawBufferPointer, _: Item.Type) -> Item? {
  unsafe ByteString.contents(of: bytes).map { contents in
    unsafe unsafeBitCast(
      contents.baseAddress.map { unsafe Data(bytes: $0, count: contents.count) } ?? Data(),
      to: Item.self)
  }
}
