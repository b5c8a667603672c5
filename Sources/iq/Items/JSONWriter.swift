/// Writes JSON text (RFC 8259), without white space.
package struct JSONWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
  mutating func append(_ byte: Character) { bytes.append(byte.asciiValue!) }
  mutating func append(raw: some Sequence<UInt8>) { bytes.append(contentsOf: raw) }

  /// Writes text, which must be UTF-8. Control characters are escaped, so that a terminal shows
  /// them.
  mutating func append(string: some Sequence<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    appendEscaped(string)
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func appendEscaped(_ text: some Sequence<UInt8>) {
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\r"): append("\\r")
      case UInt8(ascii: "\t"): append("\\t")
      case 0..<0x20, 0x7f: appendEscape(byte)
      case 0x80..<0xa0 where bytes.last == 0xc2:
        // U+0080 to U+009F control some terminals, too.
        bytes.removeLast()
        appendEscape(byte)
      default: bytes.append(byte)
      }
    }
  }

  private mutating func appendEscape(_ code: UInt8) {
    append("\\u00")
    for digit in [code >> 4, code & 15] { bytes.append(Array("0123456789abcdef".utf8)[Int(digit)]) }
  }

  /// Writes the number that is exactly this; null for what JSON cannot say.
  mutating func append(_ value: Double) {
    append(value.isFinite ? "\(value)" : "null")
  }
}

/// The alphabets of RFC 4648.
enum ByteText {
  case base64
  case base64url
  case hex

  func write(_ bytes: [UInt8]) -> [UInt8] {
    if self == .hex {
      return bytes.flatMap { byte in
        [byte >> 4, byte & 15].map { Array("0123456789abcdef".utf8)[Int($0)] }
      }
    }
    let alphabet = Array(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(self == .base64 ? "+/" : "-_")"
        .utf8)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      bits &= 0xff_ffff
      for digit in 0...group.count { text.append(alphabet[bits >> (18 - 6 * digit) & 63]) }
      if self == .base64 { text += Array(repeating: UInt8(ascii: "="), count: 3 - group.count) }
    }
    return text
  }
}
