import FoundationEssentials

/// What a program may want to read, in the forms that the decoder treats differently.
struct Point: Codable, Hashable {
  var x: Int
  var y: Int8?
}

struct Numbers: Codable {
  var a: UInt8?
  var b: Int16?
  var c: UInt64?
  var d: Int128?
  var e: Float?
  var f: Double?
  var g: Float16?
  var h: Bool?
}

enum Shape: Codable {
  case empty
  case circle(center: Point, radius: Double)
  indirect case group([Shape], name: String?)
}

enum Color: String, Codable, CodingKeyRepresentable {
  case red, green, blue
}

struct Page: Codable {
  var url: String
  var links: [String]
  var shape: Shape?
  var body: Data?
  var seen: Date?
  var id: UUID?
  var tags: [String: [Point]]
  var counts: [Int: Int]?
  var colors: [Color: Double]?
  var numbers: Numbers?
  var parts: [Page]?
}

class Animal: Codable {
  var name: String
  enum CodingKeys: CodingKey { case name }
}

final class Dog: Animal {
  var owner: Point?
  enum Keys: CodingKey { case owner }

  required init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    owner = try values.decodeIfPresent(Point.self, forKey: .owner)
    try super.init(from: try values.superDecoder())
  }

  override func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Keys.self)
    try values.encodeIfPresent(owner, forKey: .owner)
    try super.encode(to: values.superEncoder())
  }
}

/// A linked list, whose containers lie in one another.
final class Node: Codable {
  var value: Int
  var next: Node?
}

struct AnyKey: CodingKey {
  var stringValue: String
  var intValue: Int?
  init(stringValue: String) { self.stringValue = stringValue }
  init(intValue: Int) {
    stringValue = String(intValue)
    self.intValue = intValue
  }
}

/// Whatever is there: tries one form after the other, as such types do.
enum Anything: Codable {
  case null
  case bool(Bool)
  case integer(Int)
  case double(Double)
  case text(String)
  case array([Anything])
  case map([String: Anything])

  init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: AnyKey.self) {
      var map: [String: Anything] = [:]
      for key in container.allKeys {
        map[key.stringValue] = try container.decode(Anything.self, forKey: key)
      }
      self = .map(map)
    } else if var container = try? decoder.unkeyedContainer() {
      var array: [Anything] = []
      while !container.isAtEnd { array.append(try container.decode(Anything.self)) }
      self = .array(array)
    } else {
      let value = try decoder.singleValueContainer()
      if value.decodeNil() {
        self = .null
      } else if let it = try? value.decode(Bool.self) {
        self = .bool(it)
      } else if let it = try? value.decode(Int.self) {
        self = .integer(it)
      } else if let it = try? value.decode(Double.self) {
        self = .double(it)
      } else {
        self = .text(try value.decode(String.self))
      }
    }
  }

  func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .null: try value.encodeNil()
    case .bool(let it): try value.encode(it)
    case .integer(let it): try value.encode(it)
    case .double(let it): try value.encode(it)
    case .text(let it): try value.encode(it)
    case .array(let it): try value.encode(it)
    case .map(let it): try value.encode(it)
    }
  }
}

/// Takes the array and map apart by hand: nested containers, one left before its end, one asked
/// twice. It cannot read what it would write.
struct ByHand: Decodable {
  var sum = 0

  init(from decoder: any Decoder) throws {
    if var outer = try? decoder.unkeyedContainer() {
      var inner = try outer.nestedUnkeyedContainer()
      while !inner.isAtEnd, sum < 3 { sum &+= try inner.decode(Int.self) }
      if try !outer.decodeNil() {
        let keyed = try outer.nestedContainer(keyedBy: AnyKey.self)
        for key in keyed.allKeys where try !keyed.decodeNil(forKey: key) {
          if var list = try? keyed.nestedUnkeyedContainer(forKey: key) {
            _ = try? list.decode(String.self)
            sum &+= list.currentIndex
          }
          sum &+= (try? keyed.decodeIfPresent(Int.self, forKey: key)) ?? 0
        }
      }
      _ = try Anything(from: outer.superDecoder())
    } else {
      let first = try decoder.container(keyedBy: AnyKey.self)
      let again = try decoder.container(keyedBy: AnyKey.self)
      sum = first.allKeys.count &+ again.allKeys.count
      let nested = try first.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey(stringValue: "n"))
      _ = try again.decode(Anything.self, forKey: AnyKey(intValue: 1))
      sum &+= nested.allKeys.count
      _ = try Point(from: first.superDecoder(forKey: AnyKey(stringValue: "p")))
    }
  }
}
