/// Carries any `Codable` item as CBOR (RFC 8949).
///
/// | Swift | CBOR |
/// |---|---|
/// | struct, class | map with text keys, in the order of declaration |
/// | enum | as Swift synthesises it: raw value, or a map from case to payload |
/// | `Bool`, `String` | simple value, text |
/// | integers | shortest integer; beyond 64 bits tag 2 or 3 (bignum) |
/// | `Double`, `Float`, `Float16` | shortest float that keeps the value |
/// | `Data`, `[UInt8]` | byte string |
/// | `Array`, `Set` | array |
/// | `Dictionary` | map; keys are data items of their own kind |
/// | `Optional` | null, or the value; an absent field is left out |
/// | `Date` | tag 1, see `CBOROptions.dates` |
/// | `UUID`, `URL`, `Decimal` | tag 37, tag 32, tag 4 |
///
/// Reading takes the other forms of RFC 8949 as well: indefinite lengths, any width, `undefined`
/// for null, integers for floats, integer keys for coding keys that have an integer, arrays for
/// bytes, dates as text (tag 0); unknown tags are skipped. Maps with a key twice are refused.
///
/// Structs are always maps: as arrays in the order of declaration, the codec would have to tell a
/// struct from an enum with a payload, whose case is a key, and every absent field would shift the
/// ones after it.
public struct CBORCodec<Item: Codable>: ItemCodec {
  private let encoder: CBOREncoder
  private let decoder: CBORDecoder

  /// Makes a codec with `options`.
  public init(options: CBOROptions = CBOROptions()) {
    encoder = CBOREncoder(options: options)
    decoder = CBORDecoder(options: options)
  }

  public var name: String { "cbor" }

  /// Appends `item`; throws as `CBOREncoder` does.
  public func encode(_ item: Item, into buffer: inout EncodingBuffer) throws {
    try encoder.encode(item, into: &buffer)
  }

  /// The item that `bytes`, all of them, encode; throws as `CBORDecoder` does.
  public func decode(_ bytes: RawSpan) throws -> Item {
    try decoder.decode(Item.self, from: bytes)
  }
}

extension ItemCodec {
  /// CBOR, the encoding for every `Codable` item.
  public static func cbor<Item: Codable>(
    _ options: CBOROptions = CBOROptions()
  ) -> CBORCodec<Item> where Self == CBORCodec<Item> {
    CBORCodec(options: options)
  }
}
