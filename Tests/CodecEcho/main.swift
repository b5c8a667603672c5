// The Swift side of Scripts/test-against-cbor2: what is on a line in hexadecimal is decoded and
// encoded again.  `values N SEED` prints N encoded values instead.

import CodingSamples
import FoundationEssentials
import ItemCoding

/// The tagged types, as a Python dictionary has them.
struct Tagged: Codable {
  var id: UUID
  var price: Decimal
  var when: Date
  var day: Date
  var small: Int8
  var huge: UInt128
  var ratio: Float
  var data: Data
  var names: [String: [Int?]]
}

func hex(_ bytes: [UInt8]) -> String {
  bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

func bytes(_ hex: String) -> [UInt8] {
  let digits = Array(hex.utf8).map { $0 < 58 ? $0 - 48 : $0 - 87 }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

let encoder = CBOREncoder(options: CBOROptions(isDeterministic: true))
let decoder = CBORDecoder()
let arguments = CommandLine.arguments.dropFirst()

if arguments.first == "values" {
  let numbers = arguments.dropFirst().compactMap { UInt64($0) }
  var generator = SeededGenerator(seed: numbers[1])
  for _ in 0..<numbers[0] {
    print(hex(try encoder.encode(Datum.random(depth: 5, using: &generator))))
  }
} else {
  while let line = readLine() {
    do {
      if arguments.first == "tagged" {
        print(hex(try encoder.encode(decoder.decode(Tagged.self, from: bytes(line)))))
      } else {
        print(hex(try encoder.encode(decoder.decode(Datum.self, from: bytes(line)))))
      }
    } catch {
      print("error: \(error)")
    }
  }
}
