internal import ItemCoding

/// Carries bytes that were encoded elsewhere.
struct BytesCodec: ItemCodec {
  /// The codec that the queue's header names.
  let name: String

  func encode(_ item: [UInt8], into buffer: inout EncodingBuffer) {
    unsafe buffer.append(contentsOf: item.span.bytes)
  }

  func decode(_ bytes: RawSpan) -> [UInt8] {
    unsafe bytes.withUnsafeBytes { unsafe Array($0) }
  }
}

extension Transport where Item == [UInt8] {
  static func bytes(named codec: String) -> Transport { Transport(BytesCodec(name: codec)) }
}
