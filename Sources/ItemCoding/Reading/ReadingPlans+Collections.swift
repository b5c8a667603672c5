final class OptionalReading<Wrapped: Decodable>: ReadingPlan<Wrapped?> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Wrapped? {
    if try reader.isNull(at: offset) { return nil }
    return try reader.plans.plan(for: Wrapped.self).read(reader, at: offset, depth: depth)
  }
}

/// Bytes from a byte string, or from an array of numbers.
final class ByteStringReading: ReadingPlan<[UInt8]> {
  private let elements = ArrayReading<UInt8> { try $0.integer(UInt8.self, at: $1) }

  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> [UInt8] {
    try reader.valueHead(offset).major == 4
      ? elements.read(reader, at: offset, depth: depth) : reader.bytes(at: offset)
  }
}

/// An array whose elements are read by `element`, from the offset where each lies.
final class ArrayReading<Element>: ReadingPlan<[Element]> {
  private let element: (CBORReader, Int) throws -> Element

  init(_ element: @escaping (CBORReader, Int) throws -> Element) { self.element = element }

  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> [Element] {
    try reader.elements(at: offset, depth: depth, element)
  }
}

final class IntegerArrayReading<Element: FixedWidthInteger>: ReadingPlan<[Element]> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> [Element] {
    try reader.elements(at: offset, depth: depth) { try $0.integer(Element.self, at: $1) }
  }
}

final class DoubleArrayReading: ReadingPlan<[Double]> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> [Double] {
    try reader.elements(at: offset, depth: depth) { try $0.double(at: $1) }
  }
}

final class DecodableArrayReading<Element: Decodable>: ReadingPlan<[Element]> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> [Element] {
    let plan = reader.plans.plan(for: Element.self)
    return try reader.elements(at: offset, depth: depth) {
      try plan.read($0, at: $1, depth: depth + 1)
    }
  }
}

/// Dictionaries from maps, whatever data items the keys are.
final class DictionaryReading<Key: Decodable & Hashable, Value: Decodable>: ReadingPlan<
  [Key: Value]
>
{
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> [Key: Value] {
    let keyPlan = reader.plans.plan(for: Key.self)
    let valuePlan = reader.plans.plan(for: Value.self)
    return try reader.entries(at: offset, depth: depth) {
      try keyPlan.read($0, at: $1, depth: depth + 1)
    } value: {
      try valuePlan.read($0, at: $1, depth: depth + 1)
    }
  }
}

extension Optional: PlannedReading where Wrapped: Decodable {
  static func makeReadingPlan() -> AnyReadingPlan { OptionalReading<Wrapped>() }
}

extension Array: PlannedReading where Element: Decodable {
  static func makeReadingPlan() -> AnyReadingPlan {
    switch Element.self {
    case is UInt8.Type: ByteStringReading()
    case is Int.Type: IntegerArrayReading<Int>()
    case is Int32.Type: IntegerArrayReading<Int32>()
    case is Int64.Type: IntegerArrayReading<Int64>()
    case is UInt32.Type: IntegerArrayReading<UInt32>()
    case is UInt64.Type: IntegerArrayReading<UInt64>()
    case is Double.Type: DoubleArrayReading()
    default: DecodableArrayReading<Element>()
    }
  }
}

extension Dictionary: PlannedReading where Key: Decodable, Value: Decodable {
  static func makeReadingPlan() -> AnyReadingPlan { DictionaryReading<Key, Value>() }
}
