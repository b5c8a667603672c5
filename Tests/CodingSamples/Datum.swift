public import FoundationEssentials

/// Any value that CBOR can hold, decoded by trying one kind after the other.
public enum Datum: Codable, Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int128)
  case float(Double)
  case text(String)
  case bytes(Data)
  case array([Datum])
  case map([Datum: Datum])

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int128.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .float(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([Datum].self) {
      self = .array(value)
    } else if let value = try? container.decode([Datum: Datum].self) {
      self = .map(value)
    } else {
      self = .bytes(try container.decode(Data.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .float(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .bytes(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .map(let value): try container.encode(value)
    }
  }

  /// NaN equals itself here, and the zeros differ.
  public static func == (left: Datum, right: Datum) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    case (.float(let left), .float(let right)):
      left.bitPattern == right.bitPattern || left.isNaN && right.isNaN
    case (.text(let left), .text(let right)): left == right
    case (.bytes(let left), .bytes(let right)): left == right
    case (.array(let left), .array(let right)): left == right
    case (.map(let left), .map(let right)): left == right
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .bool(let value): hasher.combine(value)
    case .integer(let value): hasher.combine(value)
    case .float(let value): hasher.combine(value.isNaN ? 0 : value.bitPattern)
    case .text(let value): hasher.combine(value)
    case .bytes(let value): hasher.combine(value)
    case .array(let value): hasher.combine(value)
    case .map(let value): hasher.combine(value)
    }
  }
}

extension Datum: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(floatLiteral value: Double) { self = .float(value) }
  public init(stringLiteral value: String) { self = .text(value) }
  public init(arrayLiteral elements: Datum...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (Datum, Datum)...) {
    self = .map(Dictionary(uniqueKeysWithValues: elements))
  }
}

extension Datum: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self = .integer(Int128(value)) }
}
