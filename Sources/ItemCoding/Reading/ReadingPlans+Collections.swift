final class OptionalReading<Wrapped: Decodable>: ReadingPlan<Wrapped?> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Wrapped? {
    if try reader.isNull(at: offset) { return nil }
    return try reader.readPlanned(Wrapped.self, at: offset, depth: depth)
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
    flatArrayPlan(Element.self) ?? DecodableArrayReading<Element>()
  }
}

extension Dictionary: PlannedReading where Key: Decodable, Value: Decodable {
  static func makeReadingPlan() -> AnyReadingPlan {
    (Key.self == String.self ? flatDictionaryPlan(Value.self) : nil)
      ?? DictionaryReading<Key, Value>()
  }
}
