import CodingSamples
import FoundationEssentials
import ItemCoding
import Testing

typealias Sampled = Sample & Codable & Equatable

struct Two<First: Sampled, Second: Sampled>: Sampled {
  var first: First
  var second: Second
  static func sample(using generator: inout some RandomNumberGenerator) -> Self {
    Self(first: .sample(using: &generator), second: .sample(using: &generator))
  }
}

enum Either<First: Sampled, Second: Sampled>: Sampled {
  case none
  case first(First)
  case both(First, label: Second)
  static func sample(using generator: inout some RandomNumberGenerator) -> Self {
    switch Int.random(in: 0..<3, using: &generator) {
    case 0: .none
    case 1: .first(.sample(using: &generator))
    default: .both(.sample(using: &generator), label: .sample(using: &generator))
    }
  }
}

/// Encodes itself as its value.
struct Wrapped<Value: Sampled>: Sampled {
  var value: Value
  init(_ value: Value) { self.value = value }
  init(from decoder: any Decoder) throws {
    value = try decoder.singleValueContainer().decode(Value.self)
  }
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
  static func sample(using generator: inout some RandomNumberGenerator) -> Self {
    Self(.sample(using: &generator))
  }
}

/// Encodes itself as an array of both.
struct Row<First: Sampled, Second: Sampled>: Sampled {
  var first: First
  var second: [Second]
  init(_ first: First, _ second: [Second]) {
    self.first = first
    self.second = second
  }
  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    first = try container.decode(First.self)
    second = []
    while !container.isAtEnd { second.append(try container.decode(Second.self)) }
  }
  func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(first)
    for value in second { try container.encode(value) }
  }
  static func sample(using generator: inout some RandomNumberGenerator) -> Self {
    Self(.sample(using: &generator), [.sample(using: &generator), .sample(using: &generator)])
  }
}

class Base<Value: Sampled>: Codable, Equatable {
  var base: Value
  init(base: Value) { self.base = base }
  static func == (left: Base, right: Base) -> Bool { left.base == right.base }
}

/// A class with its superclass's fields behind `super`.
final class Derived<First: Sampled, Second: Sampled>: Base<First>, Sample {
  var own: Second
  enum CodingKeys: CodingKey { case own }
  init(_ first: First, _ own: Second) {
    self.own = own
    super.init(base: first)
  }
  required init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    own = try container.decode(Second.self, forKey: .own)
    try super.init(from: container.superDecoder())
  }
  override func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try super.encode(to: container.superEncoder())
    try container.encode(own, forKey: .own)
  }
  static func == (left: Derived, right: Derived) -> Bool {
    left.base == right.base && left.own == right.own
  }
  static func sample(using generator: inout some RandomNumberGenerator) -> Self {
    Self(.sample(using: &generator), .sample(using: &generator))
  }
}

private var plainTypes: [any Sampled.Type] {
  [
    Int.self, UInt8.self, Int16.self, UInt64.self, Int128.self, Bool.self, Double.self, Float.self,
    String.self, Data.self, UUID.self, Date.self, Decimal.self,
  ]
}

/// A type made of `first` and `second`.
private func combined<First: Sampled, Second: Sampled>(
  _ first: First.Type, _ second: Second.Type, _ way: Int
) -> any Sampled.Type {
  switch way {
  case 0, 1: Two<First, Second>.self
  case 2: Either<First, Second>.self
  case 3: Row<First, Second>.self
  case 4: Derived<First, Second>.self
  case 5: Wrapped<First>.self
  case 6: [First].self
  case 7: [String: First].self
  case 8: [Int: Second].self
  // An optional is the value of a field: null within null would be one null.
  default: Two<Int?, [Second?]>.self
  }
}

/// 300 types, each made of earlier ones.
private func makeTypes() -> [any Sampled.Type] {
  var generator = SeededGenerator(seed: 300)
  var types = plainTypes
  var names = Set(types.map { "\($0)" })
  while types.count < 300 {
    // Mostly of the first ones, so that types do not grow without end.
    let candidates = types.prefix(types.count < 60 ? 13 : 60)
    let made = combined(
      candidates.randomElement(using: &generator)!, candidates.randomElement(using: &generator)!,
      .random(in: 0..<10, using: &generator))
    if names.insert("\(made)").inserted { types.append(made) }
  }
  return types
}

private func check<Value: Sampled>(
  _ type: Value.Type, using generator: inout SeededGenerator
) throws {
  for round in 0..<4 {
    let item = Value.sample(using: &generator)
    let options = CBOROptions(isDeterministic: round % 2 == 0, dates: .reference)
    #expect(try carried(item, options) == item, "\(type)")
  }
}

@Test(.timeLimit(.minutes(10)))
func `values of 300 generated types come back equal`() throws {
  let types = makeTypes()
  #expect(types.count == 300)
  var generator = SeededGenerator(seed: 1)
  for type in types { try check(type, using: &generator) }
}
