import ItemCoding

/// What comes back of `value`.
func carried<Value: Codable>(_ value: Value, _ options: CBOROptions = .init()) throws -> Value {
  let codec = CBORCodec<Value>(options: options)
  var buffer = EncodingBuffer()
  try codec.encode(value, into: &buffer)
  return try unsafe buffer.withUnsafeBytes { try unsafe codec.decode($0.bytes) }
}

/// The encoded form of `value` in hexadecimal.
func hex(_ value: some Encodable, _ options: CBOROptions = .init()) throws -> String {
  hex(bytes: try CBOREncoder(options: options).encode(value))
}

func hex(bytes: [UInt8]) -> String {
  bytes.map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }.joined()
}

/// The value that `hex` encodes.
func value<Value: Decodable>(
  _ type: Value.Type = Value.self, _ hex: String, _ options: CBOROptions = .init()
) throws -> Value {
  try CBORDecoder(options: options).decode(type, from: bytes(hex: hex))
}

func bytes(hex: String) -> [UInt8] {
  var bytes: [UInt8] = []
  var digits = hex.unicodeScalars.filter { $0 != " " }[...]
  while !digits.isEmpty {
    bytes.append(UInt8(String(String.UnicodeScalarView(digits.prefix(2))), radix: 16)!)
    digits = digits.dropFirst(2)
  }
  return bytes
}

/// The error that `body` throws, as the kind that decoding throws.
func decodingError(_ body: () throws -> Void) -> DecodingError? {
  do {
    try body()
    return nil
  } catch { return error as? DecodingError }
}

extension DecodingError {
  var context: Context? {
    switch self {
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .keyNotFound(_, let context), .dataCorrupted(let context):
      context
    @unknown default: nil
    }
  }

  var path: [String] { context?.codingPath.map(\.stringValue) ?? [] }
}
