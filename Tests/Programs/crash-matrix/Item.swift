import ItemCoding

/// A numbered item; one that is poisonous cannot be decoded.
struct Item: Codable, Sendable {
  struct Poisonous: Error {}

  var number: Int
  var isPoisonous = false

  init(_ number: Int, isPoisonous: Bool = false) {
    self.number = number
    self.isPoisonous = isPoisonous
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    number = try container.decode(Int.self, forKey: .number)
    isPoisonous = try container.decode(Bool.self, forKey: .isPoisonous)
    if isPoisonous { throw Poisonous() }
  }

  /// The number of an item, poisonous or not, from its encoded bytes.
  static func number(of bytes: [UInt8]) throws -> Int {
    struct Envelope: Decodable { var number: Int }
    return try CBORDecoder().decode(Envelope.self, from: bytes).number
  }
}
