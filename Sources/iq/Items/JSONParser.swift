/// Takes the parts of a JSON value as they are read.
protocol JSONSink {
  mutating func literal(_ literal: JSONLiteral)
  /// The digits as they were written. Throws a reason.
  mutating func number(_ text: ArraySlice<UInt8>) throws(JSONProblem)
  /// `source` is the text with its quotes and escapes, `text` what it stands for.
  mutating func string(_ source: ArraySlice<UInt8>, _ text: [UInt8])
  mutating func begin(_ container: JSONContainer)
  /// Before each element or key after the first.
  mutating func separate()
  /// Between a key and its value.
  mutating func endKey()
  mutating func end(_ container: JSONContainer, entries: Int)
}

enum JSONLiteral: String {
  case null
  case `false`
  case `true`
}

enum JSONContainer {
  case array
  case object
}

/// What is wrong with JSON text, and where; nothing of the text itself.
package struct JSONProblem: Error, CustomStringConvertible {
  var what: String
  var offset: Int
  package var description: String { "\(what), at byte \(offset)" }
}

/// Reads one JSON value (RFC 8259) strictly.
struct JSONParser<Sink: JSONSink> {
  private let text: [UInt8]
  private var offset = 0
  var sink: Sink

  static var nestingLimit: Int { 256 }

  /// Reads all of `text` into `sink`, and returns it.
  static func parse(_ text: [UInt8], into sink: Sink) throws(JSONProblem) -> Sink {
    var parser = JSONParser(text: text, sink: sink)
    parser.skipSpace()
    try parser.value(0)
    parser.skipSpace()
    if parser.offset < text.count { throw parser.problem("more than one value") }
    return parser.sink
  }

  private init(text: [UInt8], sink: Sink) {
    self.text = text
    self.sink = sink
  }

  private func problem(_ what: String) -> JSONProblem { JSONProblem(what: what, offset: offset) }

  private var byte: UInt8? { offset < text.count ? text[offset] : nil }

  private mutating func skipSpace() {
    while let byte, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { offset += 1 }
  }

  private mutating func take(_ wanted: UInt8) -> Bool {
    guard byte == wanted else { return false }
    offset += 1
    return true
  }

  private mutating func value(_ depth: Int) throws(JSONProblem) {
    switch byte {
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "["): try container(.array, depth)
    case UInt8(ascii: "{"): try container(.object, depth)
    case UInt8(ascii: "n"): try literal(.null)
    case UInt8(ascii: "t"): try literal(.true)
    case UInt8(ascii: "f"): try literal(.false)
    case .some(UInt8(ascii: "-")), .some(0x30...0x39): try number()
    case nil: throw problem("the text ends where a value is expected")
    default: throw problem("no JSON value (text needs quotes)")
    }
  }

  private mutating func literal(_ literal: JSONLiteral) throws(JSONProblem) {
    guard text[offset...].starts(with: literal.rawValue.utf8) else {
      throw problem("no JSON value")
    }
    offset += literal.rawValue.utf8.count
    sink.literal(literal)
  }

  private mutating func container(_ container: JSONContainer, _ depth: Int) throws(JSONProblem) {
    guard depth < Self.nestingLimit else {
      throw problem("nested deeper than \(Self.nestingLimit) levels")
    }
    offset += 1
    sink.begin(container)
    let close = UInt8(ascii: container == .array ? "]" : "}")
    var keys: Set<[UInt8]> = []
    var entries = 0
    skipSpace()
    if !take(close) {
      repeat {
        if entries > 0 { sink.separate() }
        skipSpace()
        if container == .object { try key(&keys) }
        try value(depth + 1)
        entries += 1
        skipSpace()
      } while take(UInt8(ascii: ","))
      if !take(close) { throw problem("a comma or the end is expected") }
    }
    sink.end(container, entries: entries)
  }

  private mutating func key(_ keys: inout Set<[UInt8]>) throws(JSONProblem) {
    guard byte == UInt8(ascii: "\"") else { throw problem("a key is expected") }
    let start = offset
    if !keys.insert(try string()).inserted {
      throw JSONProblem(what: "a key that the object already has", offset: start)
    }
    skipSpace()
    if !take(UInt8(ascii: ":")) { throw problem("a colon is expected") }
    skipSpace()
    sink.endKey()
  }

  private mutating func number() throws(JSONProblem) {
    let start = offset
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    try sink.number(text[start..<offset])
  }

  private mutating func digits() throws(JSONProblem) {
    let start = offset
    while let byte, (0x30...0x39).contains(byte) { offset += 1 }
    if offset == start { throw problem("a digit is expected") }
  }

  @discardableResult
  private mutating func string() throws(JSONProblem) -> [UInt8] {
    let start = offset
    offset += 1
    var value: [UInt8] = []
    while true {
      let run = offset
      while let byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
        offset += 1
      }
      value += text[run..<offset]
      switch byte {
      case nil: throw problem("the text ends within a string")
      case UInt8(ascii: "\""):
        offset += 1
        guard unsafe value.withUnsafeBytes({ unsafe CBORToJSON.isUTF8($0) }) else {
          throw JSONProblem(what: "a string that is not UTF-8", offset: start)
        }
        sink.string(text[start..<offset], value)
        return value
      case UInt8(ascii: "\\"): try escape(&value)
      default: throw problem("a control character in a string")
      }
    }
  }

  private mutating func escape(_ value: inout [UInt8]) throws(JSONProblem) {
    let start = offset
    offset += 1
    guard let byte else { throw problem("the text ends within a string") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): value.append(byte)
    case UInt8(ascii: "b"): value.append(0x08)
    case UInt8(ascii: "f"): value.append(0x0c)
    case UInt8(ascii: "n"): value.append(0x0a)
    case UInt8(ascii: "r"): value.append(0x0d)
    case UInt8(ascii: "t"): value.append(0x09)
    case UInt8(ascii: "u"):
      var units = [try unit()]
      if UTF16.isLeadSurrogate(units[0]), text[offset...].starts(with: "\\u".utf8) {
        offset += 2
        units.append(try unit())
      }
      guard let text = String(validating: units, as: UTF16.self) else {
        throw JSONProblem(what: "half of a surrogate pair", offset: start)
      }
      value += Array(text.utf8)
    default: throw JSONProblem(what: "an unknown escape", offset: start)
    }
  }

  private mutating func unit() throws(JSONProblem) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw problem("four hexadecimal digits are expected")
      }
      unit = unit << 4 | UInt16(digit)
      offset += 1
    }
    return unit
  }
}

/// Writes a value as it was, without white space.
struct CompactJSON: JSONSink {
  private(set) var bytes: [UInt8] = []

  mutating func literal(_ literal: JSONLiteral) { bytes += literal.rawValue.utf8 }
  mutating func number(_ text: ArraySlice<UInt8>) { bytes += text }
  mutating func string(_ source: ArraySlice<UInt8>, _ text: [UInt8]) { bytes += source }
  mutating func begin(_ container: JSONContainer) {
    bytes += (container == .array ? "[" : "{").utf8
  }
  mutating func separate() { bytes += ",".utf8 }
  mutating func endKey() { bytes += ":".utf8 }
  mutating func end(_ container: JSONContainer, entries: Int) {
    bytes += (container == .array ? "]" : "}").utf8
  }
}

/// A value that is one string.
struct JSONString: JSONSink {
  /// Nil if the value is something else.
  private(set) var text: [UInt8]?
  private var depth = 0

  mutating func literal(_ literal: JSONLiteral) {}
  mutating func number(_ text: ArraySlice<UInt8>) {}
  mutating func string(_ source: ArraySlice<UInt8>, _ text: [UInt8]) {
    if depth == 0 { self.text = text }
  }
  mutating func begin(_ container: JSONContainer) { depth += 1 }
  mutating func separate() {}
  mutating func endKey() {}
  mutating func end(_ container: JSONContainer, entries: Int) { depth -= 1 }
}
