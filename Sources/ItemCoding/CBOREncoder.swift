/// Writes any `Encodable` value as CBOR (RFC 8949).
///
/// An encoder may be used by many threads at once, and keeps what it has learnt from value to
/// value: keep the encoder.
public struct CBOREncoder: Sendable {
  private let writers: WriterPool

  /// Makes an encoder with `options`.
  public init(options: CBOROptions = CBOROptions()) { writers = WriterPool(options) }

  /// The encoded form of `value`.
  ///
  /// Throws what the value's `encode(to:)` throws, and `EncodingError.invalidValue` for a value
  /// nested deeper than the options allow.
  public func encode<Value: Encodable>(_ value: Value) throws -> [UInt8] {
    var buffer = EncodingBuffer()
    try encode(value, into: &buffer)
    return unsafe buffer.withUnsafeBytes { unsafe [UInt8]($0) }
  }

  /// Appends the encoded form of `value` to `buffer`; after an error, `buffer` is as it was.
  public func encode<Value: Encodable>(_ value: Value, into buffer: inout EncodingBuffer) throws {
    try writers.withWriter { writer in
      writer.exchange(with: &buffer)
      defer { writer.exchange(with: &buffer) }
      try writer.writeItem(value)
    }
  }
}

/// The writers that no thread is using.
final class WriterPool: Sendable {
  private let options: CBOROptions
  private let idle = Idle<CBORWriter>()

  init(_ options: CBOROptions) { self.options = options }

  @inline(__always)
  func withWriter<Result>(_ body: (CBORWriter) throws -> Result) rethrows -> Result {
    try idle.withObject(or: { CBORWriter(options: options) }, body)
  }
}

// The pool gives a writer to one thread at a time.
extension CBORWriter: @unchecked Sendable {}

extension CBORWriter {
  /// Writes `value` after what is there.
  func writeItem<Value: Encodable>(_ value: Value) throws {
    let start = count
    defer { reset() }
    do {
      try writePlanned(value, in: 0)
      if options.isDeterministic { try sortMaps(from: start) }
    } catch {
      count = start
      throw error
    }
  }
}
