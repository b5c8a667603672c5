import Foundation

/// Six fields that need no memory of their own.
struct Small: Codable, Equatable {
  var id: Int
  var depth: Int32
  var score: Double
  var isOpen: Bool
  var kind: UInt8
  var name: String

  static let sample = Small(
    id: 123_456, depth: 7, score: 0.734, isOpen: true, kind: 200, name: "alpha-centauri")
}

struct Waypoint: Codable, Equatable {
  var x: Double, y: Double, label: String
}

/// About two kilobytes as CBOR.
struct Record: Codable, Equatable {
  var id: Int
  var title: String
  var tags: [String]
  var samples: [Double]
  var waypoints: [Waypoint]
  var matrix: [[Int]]
  var attributes: [String: String]
  var owner: Small

  static let sample = Record(
    id: 987_654_321,
    title: "A record whose title is longer than a small string",
    tags: (0..<20).map { "tag-\($0)" },
    samples: (0..<50).map { 0.1 + Double($0) / 3 },
    waypoints: (0..<20).map {
      Waypoint(x: 0.1 + Double($0), y: 0.7 - Double($0), label: "waypoint \($0)")
    },
    matrix: (0..<10).map { row in (0..<10).map { row * 100 + $0 } },
    attributes: Dictionary(uniqueKeysWithValues: (0..<10).map { ("key-\($0)", "value of \($0)") }),
    owner: .sample)
}

let doubles = (0..<10_000).map { 0.1 + Double($0) / 3 }
let counts = Dictionary(uniqueKeysWithValues: (0..<1_000).map { ("word-\($0)", $0 * 37) })
let blob = Data((0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31) })
