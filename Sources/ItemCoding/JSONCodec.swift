public import FoundationEssentials

/// Carries items as JSON text (RFC 8259), written and read by Foundation.
///
/// It is slower than CBOR by an order of magnitude; it is for reading along.
public struct JSONCodec<Item: Codable>: ItemCodec {
  private let makeEncoder: @Sendable () -> JSONEncoder
  private let makeDecoder: @Sendable () -> JSONDecoder

  /// Makes a codec; the closures configure the encoder and decoder, which are made for each item.
  public init(
    encoder: @escaping @Sendable () -> JSONEncoder = { JSONEncoder() },
    decoder: @escaping @Sendable () -> JSONDecoder = { JSONDecoder() }
  ) {
    makeEncoder = encoder
    makeDecoder = decoder
  }

  public var name: String { "json" }

  public func encode(_ item: Item, into buffer: inout EncodingBuffer) throws {
    let text = try makeEncoder().encode(item)
    buffer.append(contentsOf: text.bytes)
  }

  public func decode(_ bytes: RawSpan) throws -> Item {
    let text = unsafe bytes.withUnsafeBytes { unsafe Data($0) }
    return try makeDecoder().decode(Item.self, from: text)
  }
}

extension ItemCodec {
  /// JSON text.
  public static func json<Item: Codable>() -> JSONCodec<Item> where Self == JSONCodec<Item> {
    JSONCodec()
  }
}
