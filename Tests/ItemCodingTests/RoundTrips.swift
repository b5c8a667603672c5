import FoundationEssentials
import ItemCoding
import Testing

struct Place: Codable, Equatable {
  var name: String
  var latitude: Double
  var isOpen: Bool
  var visits: Int
  var score: Float
  var level: UInt8
}

indirect enum Shape: Codable, Equatable {
  case nothing
  case circle(radius: Double)
  case pair(Shape, Shape)
  case label(String, size: Int?)
}

enum Color: String, Codable { case red, green }

struct Everything: Codable, Equatable {
  var integers: [Int64] = [0, 23, 24, 255, 256, 65535, 65536, .max, .min, -1, -24, -25]
  var wide: [Int128] = [.max, .min, 0, 1 << 64, -1 << 64, -(1 << 64) - 1]
  var unsignedWide: [UInt128] = [.max, 0, UInt128(UInt64.max) + 1]
  var small: [Int8] = [-128, 127, 0]
  var unsigned: [UInt64] = [.max, 0]
  var floats: [Float] = [0, -0, 1.5, .infinity, 3.4e38, .leastNonzeroMagnitude]
  var halves: [Float16] = [1, -2, 65504, .leastNonzeroMagnitude]
  var doubles: [Double] = [0, 0.1, .pi, 1e300, -.infinity, .leastNonzeroMagnitude, 65504, 1 / 3]
  var text = "Grüße, 世界 🌍 \u{0}"
  var data = Data([1, 2, 3])
  var bytes: [UInt8] = Array(0...255)
  var date = Date(timeIntervalSince1970: 1_363_896_240.5)
  var id = UUID(uuidString: "E621E1F8-C36C-495A-93FC-0C247A3E6E5F")!
  var link = URL(string: "http://www.example.com/a?b=c")!
  var price = Decimal(string: "-273.15")!
  var none: Int?
  var some: Int? = 5
  var list: [Int?] = [1, nil, 3]
  var named: [String: Int] = ["1": 1, "01": 2, "": 3, "ü": 4]
  var numbered: [Int: String] = [-1: "a", 0: "b", 1 << 40: "c"]
  var byColor: [Color: [String: Place]] = [.red: ["x": .sample], .green: [:]]
  var shapes: [Shape] = [
    .nothing, .circle(radius: 2), .pair(.nothing, .label("a", size: nil)), .label("b", size: 1),
  ]
  var set: Set<String> = ["a", "b", "c"]
  var nested: [[[Int]]] = [[[], [1]], []]
  var contiguous: ContiguousArray<UInt8> = [1, 2]
  var place = Place.sample
  var empty = Empty()
}

struct Empty: Codable, Equatable {}

extension Place {
  static let sample = Place(
    name: "Café", latitude: 48.2, isOpen: true, visits: 70000, score: 1.5, level: 200)
}

@Test func `a value of every kind of field comes back equal`() throws {
  #expect(try carried(Everything()) == Everything())
}

@Test func `a value of every kind of field comes back equal from the deterministic form`() throws {
  let options = CBOROptions(isDeterministic: true)
  #expect(try carried(Everything(), options) == Everything())
}

@Test func `top level values need no struct around them`() throws {
  #expect(try carried(5) == 5)
  #expect(try carried("text") == "text")
  #expect(try carried([1.5, 2]) == [1.5, 2])
  #expect(try carried(Int?.none) == nil)
  #expect(try carried(Int?.some(3)) == 3)
  #expect(try carried(Data([1])) == Data([1]))
  #expect(try carried(Color.green) == .green)
}

@Test func `a map of more than 23 and more than 255 fields comes back equal`() throws {
  for count in [22, 23, 24, 25, 255, 256, 257, 65536] {
    let many = ManyFields(
      values: Dictionary(uniqueKeysWithValues: (0..<count).map { ("k\($0)", $0) }))
    #expect(try carried(many) == many)
  }
}

/// A keyed container with as many entries as wanted.
struct ManyFields: Codable, Equatable {
  var values: [String: Int]
  init(values: [String: Int]) { self.values = values }
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: AnyKey.self)
    values = [:]
    for key in container.allKeys {
      values[key.stringValue] = try container.decode(Int.self, forKey: key)
    }
  }
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnyKey.self)
    for (key, value) in values { try container.encode(value, forKey: AnyKey(stringValue: key)) }
  }
}

struct AnyKey: CodingKey {
  var stringValue: String
  var intValue: Int?
  init(stringValue: String) { self.stringValue = stringValue }
  init(intValue: Int) {
    stringValue = "\(intValue)"
    self.intValue = intValue
  }
}

@Test func `an encoder is reused without a trace of the value before`() throws {
  let encoder = CBOREncoder()
  let first = try encoder.encode(Everything.init(named: [:]))
  _ = try encoder.encode(Place.sample)
  #expect(throws: (any Error).self) { try encoder.encode(Refusing(after: 3)) }
  #expect(try encoder.encode(Place.sample) == CBOREncoder().encode(Place.sample))
  #expect(first.count == (try encoder.encode(Everything.init(named: [:]))).count)
}

/// Encodes some fields, then throws.
struct Refusing: Encodable {
  struct Refused: Error {}
  var after: Int
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: AnyKey.self)
    for index in 0..<after { try container.encode(index, forKey: AnyKey(intValue: index)) }
    throw Refused()
  }
}
