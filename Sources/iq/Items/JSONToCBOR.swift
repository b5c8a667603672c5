/// Writes JSON as CBOR in the preferred form of RFC 8949, section 4.1.
///
/// Numbers without fraction and exponent are integers, of any size up to 1 KiB; others are
/// floating-point numbers in the shortest form that keeps the `Double`.
package struct JSONToCBOR: JSONSink {
  private var bytes: [UInt8] = []
  /// Where the containers that are open begin.
  private var starts: [Int] = []

  /// The CBOR of the JSON text. Throws `JSONProblem`.
  package static func cbor(_ json: [UInt8]) throws -> [UInt8] {
    try JSONParser.parse(json, into: JSONToCBOR()).bytes
  }

  /// The CBOR text item of `text`, which must be UTF-8.
  static func text(_ text: [UInt8]) -> [UInt8] { head(0x60, UInt64(text.count)) + text }

  /// The CBOR byte string.
  static func byteString(_ bytes: [UInt8]) -> [UInt8] { head(0x40, UInt64(bytes.count)) + bytes }

  private static func head(_ major: UInt8, _ argument: UInt64) -> [UInt8] {
    func bytes(_ count: Int) -> [UInt8] {
      (0..<count).reversed().map { UInt8(truncatingIfNeeded: argument >> UInt64(8 * $0)) }
    }
    return switch argument {
    case 0..<24: [major | UInt8(argument)]
    case 0...0xff: [major | 24] + bytes(1)
    case 0...0xffff: [major | 25] + bytes(2)
    case 0...0xffff_ffff: [major | 26] + bytes(4)
    default: [major | 27] + bytes(8)
    }
  }

  mutating func literal(_ literal: JSONLiteral) {
    bytes.append(literal == .null ? 0xf6 : literal == .true ? 0xf5 : 0xf4)
  }

  mutating func string(_ source: ArraySlice<UInt8>, _ text: [UInt8]) { bytes += Self.text(text) }

  mutating func begin(_ container: JSONContainer) { starts.append(bytes.count) }
  mutating func separate() {}
  mutating func endKey() {}
  mutating func end(_ container: JSONContainer, entries: Int) {
    let head = Self.head(container == .array ? 0x80 : 0xa0, UInt64(entries))
    bytes.insert(contentsOf: head, at: starts.removeLast())
  }

  mutating func number(_ text: ArraySlice<UInt8>) throws(JSONProblem) {
    let isNegative = text.first == UInt8(ascii: "-")
    let digits = text.dropFirst(isNegative ? 1 : 0)
    let isInteger = digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    if isInteger, !(isNegative && digits.elementsEqual("0".utf8)) {
      return try integer(digits, isNegative, text.startIndex)
    }
    guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else {
      throw JSONProblem(what: "a number beyond the range of Double", offset: text.startIndex)
    }
    float(value)
  }

  private mutating func integer(
    _ digits: ArraySlice<UInt8>, _ isNegative: Bool, _ offset: Int
  ) throws(JSONProblem) {
    // A negative integer -1 - n is written as n.
    guard var magnitude = Magnitude.bytes(digits) else {
      throw JSONProblem(
        what: "an integer of more than \(Magnitude.mostBytes) bytes", offset: offset)
    }
    if isNegative {
      for index in magnitude.indices.reversed() {
        magnitude[index] &-= 1
        if magnitude[index] != 0xff { break }
      }
      magnitude = Array(magnitude.drop { $0 == 0 })
    }
    if magnitude.count <= 8 {
      let value = magnitude.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      bytes += Self.head(isNegative ? 0x20 : 0, value)
    } else {
      bytes.append(isNegative ? 0xc3 : 0xc2)
      bytes += Self.byteString(magnitude)
    }
  }

  private mutating func float(_ value: Double) {
    let bits: (first: UInt8, pattern: UInt64, count: Int)
    if Double(Float16(value)) == value {
      bits = (0xf9, UInt64(Float16(value).bitPattern), 2)
    } else if Double(Float(value)) == value {
      bits = (0xfa, UInt64(Float(value).bitPattern), 4)
    } else {
      bits = (0xfb, value.bitPattern, 8)
    }
    bytes.append(bits.first)
    for index in (0..<bits.count).reversed() {
      bytes.append(UInt8(truncatingIfNeeded: bits.pattern >> UInt64(8 * index)))
    }
  }
}
