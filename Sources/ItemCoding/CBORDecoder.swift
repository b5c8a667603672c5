/// Reads any `Decodable` value from CBOR (RFC 8949).
///
/// A decoder may be used by many threads at once, and keeps what it has learnt from value to
/// value: keep the decoder. Whatever the bytes, it neither traps nor allocates more than a small
/// multiple of their number.
public struct CBORDecoder: Sendable {
  private let readers: ReaderPool

  /// Makes a decoder with `options`.
  public init(options: CBOROptions = CBOROptions()) { readers = ReaderPool(options) }

  /// The value that `bytes`, all of them, encode.
  ///
  /// Throws `DecodingError.dataCorrupted` with the offset in bytes for malformed input, the other
  /// kinds of `DecodingError` for input of another form than `type`, and what the value's
  /// `init(from:)` throws. A `Decoder` or a container that the value keeps beyond its
  /// `init(from:)` throws when it is used.
  public func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, from bytes: RawSpan
  ) throws -> Value {
    try readers.withReader { reader in
      try unsafe bytes.withUnsafeBytes { bytes in
        unsafe reader.begin(bytes)
        defer { reader.end() }
        return try reader.readItem(type)
      }
    }
  }

  /// The value that `bytes`, all of them, encode.
  public func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, from bytes: [UInt8]
  ) throws -> Value {
    try unsafe decode(type, from: bytes.span.bytes)
  }
}

/// The readers that no thread is using.
final class ReaderPool: Sendable {
  private let options: CBOROptions
  private let idle = Idle<CBORReader>()

  init(_ options: CBOROptions) { self.options = options }

  @inline(__always)
  func withReader<Result>(_ body: (CBORReader) throws -> Result) rethrows -> Result {
    try idle.withObject(or: { CBORReader(options: options) }, body)
  }
}

// The pool gives a reader to one thread at a time.
extension CBORReader: @unchecked Sendable {}

extension CBORReader {
  /// The value that all of the bytes encode.
  func readItem<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let value = try readPlanned(type, at: 0, depth: 0)
    depth = 0
    guard next == count else { throw corrupted("bytes after the item", at: next) }
    return value
  }
}
