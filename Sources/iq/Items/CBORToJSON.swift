internal import ItemCoding

/// Writes any CBOR item (RFC 8949) as JSON, as section 6.1 advises, with more that is exact.
///
/// | CBOR | JSON |
/// |---|---|
/// | integers, big integers (tags 2, 3) up to 1 KiB, decimal fractions (tag 4) | number, exact |
/// | floating-point numbers | the shortest number that is the same `Double`; null for NaN, infinity |
/// | byte string | base64; base64url or hexadecimal where tag 21 or 23 asks for it |
/// | tag 1, seconds since 1970 | text, as in 2013-03-21T20:04:00Z |
/// | tag 37, UUID | text |
/// | other tags | what is tagged |
/// | undefined, simple values without a meaning | null |
/// | a key that is not text | its JSON, as text |
package struct CBORToJSON {
  private let reader = CBORReader(options: CBOROptions())
  private var json = JSONWriter()
  private var byteText = ByteText.base64

  static let nestingLimit = 256

  package init() {}

  /// The JSON of the item that `bytes`, all of them, encode. Throws `DecodingError`, which says at
  /// which byte what is wrong, and nothing of the content.
  package static func json(_ bytes: [UInt8]) throws -> [UInt8] {
    try unsafe bytes.withUnsafeBytes { try unsafe json($0) }
  }

  static func json(_ bytes: UnsafeRawBufferPointer) throws -> [UInt8] {
    var walk = CBORToJSON()
    unsafe walk.reader.begin(bytes)
    defer { walk.reader.end() }
    let end = try walk.value(0, 0)
    guard end == bytes.count else { throw walk.reader.corrupted("more than one item", at: end) }
    return walk.json.bytes
  }

  /// Writes the item at `offset`; returns the offset after it.
  private mutating func value(_ offset: Int, _ depth: Int) throws -> Int {
    let head = try reader.head(offset)
    switch head.major {
    case 0:
      json.append("\(head.argument)")
      return head.next
    case 1:
      json.append(Self.negative(head.argument))
      return head.next
    case 2:
      let (bytes, end) = try string(head, offset)
      json.append(string: byteText.write(bytes))
      return end
    case 3:
      let (text, end) = try string(head, offset)
      json.append(string: text)
      return end
    case 4: return try array(head, offset, try inner(depth, offset))
    case 5: return try map(head, offset, try inner(depth, offset))
    case 6: return try tagged(head, try inner(depth, offset))
    default: return try simple(head, offset)
    }
  }

  private func inner(_ depth: Int, _ offset: Int) throws -> Int {
    guard depth < Self.nestingLimit else {
      throw reader.corrupted("nested deeper than \(Self.nestingLimit) levels", at: offset)
    }
    return depth + 1
  }

  /// The bytes of a byte string or text, and the offset after it.
  private func string(_ head: CBORReader.Head, _ offset: Int) throws -> ([UInt8], Int) {
    var bytes: [UInt8] = []
    func append(_ start: Int, _ length: Int) throws {
      let chunk = unsafe reader.slice(start, length)
      if head.major == 3, unsafe !Self.isUTF8(chunk) {
        throw reader.corrupted("text that is not UTF-8", at: start)
      }
      unsafe bytes.append(contentsOf: chunk)
    }
    if head.isIndefinite {
      try reader.forEachChunk(head, offset, append)
      return (bytes, reader.endOfLast)
    }
    let length = try reader.length(head, at: offset)
    try append(head.next, length)
    return (bytes, head.next + length)
  }

  static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    // Most text is ASCII.
    if unsafe bytes.allSatisfy({ $0 < 0x80 }) { return true }
    return unsafe String(validating: bytes, as: UTF8.self) != nil
  }

  private mutating func array(_ head: CBORReader.Head, _ start: Int, _ depth: Int) throws -> Int {
    json.append("[")
    let end = try entries(head, start, bytesEach: 1) { walk, offset in
      try walk.value(offset, depth)
    }
    json.append("]")
    return end
  }

  private mutating func map(_ head: CBORReader.Head, _ start: Int, _ depth: Int) throws -> Int {
    json.append("{")
    let end = try entries(head, start, bytesEach: 2) { walk, offset in
      let value = try walk.key(offset, depth)
      walk.json.append(":")
      return try walk.value(value, depth)
    }
    json.append("}")
    return end
  }

  private mutating func entries(
    _ head: CBORReader.Head, _ start: Int, bytesEach: Int,
    _ entry: (inout CBORToJSON, Int) throws -> Int
  ) throws -> Int {
    var offset = head.next
    var isFirst = true
    var left =
      head.isIndefinite ? Int.max : try reader.entries(head, at: start, bytesEach: bytesEach)
    while head.isIndefinite ? !reader.isBreak(offset) : left > 0 {
      if !isFirst { json.append(",") }
      isFirst = false
      left -= 1
      offset = try entry(&self, offset)
    }
    return head.isIndefinite ? offset + 1 : offset
  }

  private mutating func key(_ offset: Int, _ depth: Int) throws -> Int {
    let head = try reader.head(offset)
    if head.major == 3 { return try value(offset, depth) }
    let outer = json
    json = JSONWriter()
    let end = try value(offset, depth)
    let key = json.bytes
    json = outer
    // A key that is shown as text by itself, as a UUID is, needs no second quotes.
    if key.first == UInt8(ascii: "\"") { json.append(raw: key) } else { json.append(string: key) }
    return end
  }

  private mutating func simple(_ head: CBORReader.Head, _ offset: Int) throws -> Int {
    if head.isIndefinite { throw reader.corrupted("a break out of place", at: offset) }
    switch head.info {
    case 20: json.append("false")
    case 21: json.append("true")
    case 25...27: json.append(Self.float(head))
    default: json.append("null")
    }
    return head.next
  }

  private static func float(_ head: CBORReader.Head) -> Double {
    switch head.info {
    case 25: Double(Float16(bitPattern: UInt16(truncatingIfNeeded: head.argument)))
    case 26: Double(Float(bitPattern: UInt32(truncatingIfNeeded: head.argument)))
    default: Double(bitPattern: head.argument)
    }
  }

  private static func negative(_ argument: UInt64) -> String {
    argument == .max ? "-18446744073709551616" : "-\(argument + 1)"
  }
}

// Tags (section 3.4).
extension CBORToJSON {
  private mutating func tagged(_ tag: CBORReader.Head, _ depth: Int) throws -> Int {
    let head = try reader.head(tag.next)
    switch (tag.argument, head.major) {
    case (1, 0), (1, 1), (1, 7):
      if let end = try date(head, tag.next) { return end }
    case (2, 2), (3, 2):
      let (bytes, end) = try string(head, tag.next)
      if let number = Self.integer(bytes, isNegative: tag.argument == 3) {
        json.append(number)
        return end
      }
    case (4, 4):
      if let end = try decimalFraction(head, tag.next) { return end }
    case (21, _), (22, _), (23, _):
      let before = byteText
      byteText = tag.argument == 21 ? .base64url : tag.argument == 22 ? .base64 : .hex
      defer { byteText = before }
      return try value(tag.next, depth)
    case (37, 2):
      let (bytes, end) = try string(head, tag.next)
      if bytes.count == 16 {
        json.append("\"\(Self.uuid(bytes))\"")
        return end
      }
    default: break
    }
    return try value(tag.next, depth)
  }

  private static func integer(_ bytes: [UInt8], isNegative: Bool) -> String? {
    let significant = bytes.drop { $0 == 0 }
    guard significant.count <= Magnitude.mostBytes else { return nil }
    if !isNegative { return Magnitude.digits(significant) }
    // The value is -1 - n.
    var next = [0] + significant
    for index in next.indices.reversed() {
      next[index] &+= 1
      if next[index] != 0 { break }
    }
    return "-" + Magnitude.digits(next)
  }

  private static func uuid(_ bytes: [UInt8]) -> String {
    let digits = String(decoding: ByteText.hex.write(bytes), as: UTF8.self).uppercased()
    var text = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text += "-" }
      text.append(digit)
    }
    return text
  }

  /// Nil if the seconds are no date that has four digits for its year.
  private mutating func date(_ head: CBORReader.Head, _ offset: Int) throws -> Int? {
    let seconds: Double
    switch head.major {
    case 0: seconds = Double(head.argument)
    case 1: seconds = -1 - Double(head.argument)
    default:
      guard (25...27).contains(head.info) else { return nil }
      seconds = Self.float(head)
    }
    guard let text = Timestamp.text(seconds) else { return nil }
    json.append("\"\(text)\"")
    return head.next
  }

  /// An array of exponent and mantissa; nil if it is not of two integers.
  private mutating func decimalFraction(_ head: CBORReader.Head, _ offset: Int) throws -> Int? {
    guard !head.isIndefinite, head.argument == 2 else { return nil }
    let exponent = try reader.head(head.next)
    guard exponent.major < 2, exponent.argument < 10_000 else { return nil }
    let power = exponent.major == 0 ? Int(exponent.argument) : -1 - Int(exponent.argument)
    var mantissa = try reader.head(exponent.next)
    let digits: String
    let end: Int
    if mantissa.major < 2 {
      digits =
        mantissa.major == 0 ? "\(mantissa.argument)" : Self.negative(mantissa.argument)
      end = mantissa.next
    } else if mantissa.major == 6, [2, 3].contains(mantissa.argument) {
      let isNegative = mantissa.argument == 3
      let start = mantissa.next
      mantissa = try reader.head(start)
      guard mantissa.major == 2 else { return nil }
      let (bytes, after) = try string(mantissa, start)
      guard let number = Self.integer(bytes, isNegative: isNegative) else { return nil }
      digits = number
      end = after
    } else {
      return nil
    }
    json.append(Self.decimal(digits, power))
    return end
  }

  /// `digits` times ten to the power, without an exponent where that is readable.
  static func decimal(_ digits: String, _ power: Int) -> String {
    let sign = digits.hasPrefix("-") ? "-" : ""
    let figures = digits.drop { $0 == "-" }
    if power == 0 || figures == "0" { return digits }
    if power > 0 {
      return power <= 20 ? digits + String(repeating: "0", count: power) : "\(digits)e\(power)"
    }
    let decimals = -power
    if decimals > figures.count + 20 { return "\(digits)e\(power)" }
    let padded = String(repeating: "0", count: max(0, decimals + 1 - figures.count)) + figures
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }
}
