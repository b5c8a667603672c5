import FoundationEssentials
import ItemCoding
import Testing

/// What JSON can say, in the types that a Swift program reads it into.
private indirect enum JSONValue: Codable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}

/// Texts that every JSON reader accepts (RFC 8259), one for each rule of the grammar.
private let texts: [String] = [
  #"[[]   ]"#, #"[""]"#, #"[]"#, #"["a"]"#, #"[false]"#, #"[null, 1, "1", {}]"#, #"[null]"#,
  "[1\n]", #" [1]"#, #"[1,null,null,null,2]"#, #"[2] "#, #"[123e65]"#, #"[0e+1]"#, #"[0e1]"#,
  #"[ 4]"#, #"[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]"#,
  #"[20e1]"#, #"[-0]"#, #"[-123]"#, #"[-1]"#, #"[1E22]"#, #"[1E-2]"#, #"[1E+2]"#,
  #"[123e45]"#, #"[123.456e78]"#, #"[1e-2]"#, #"[1e+2]"#, #"[123]"#, #"[123.456789]"#,
  #"[9223372036854775807]"#, #"[-9223372036854775808]"#, #"[0.5, 65504.0, 1e300, 0.1]"#,
  #"{"asd":"sdf", "dfg":"fgh"}"#, #"{"asd":"sdf"}"#, #"{}"#, #"{"":0}"#, #"{"foo\u0000bar": 42}"#,
  #"{ "min": -1.0e+28, "max": 1.0e+28 }"#,
  #"{"x":[{"id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}]}"#, #"{"a":[]}"#,
  #"{"title":"\u041f\u043e\u043b\u0442\u043e\u0440\u0430 \u0417\u0435\u043c\u043b\u0435"}"#,
  "{\n\"a\": \"b\"\n}", #"{"1": 1, "01": 2, "-1": 3, "1.0": 4, "a": 5}"#,
  #"["\u0060\u012a\u12AB"]"#, #"["\uD801\udc37"]"#, #"["\ud83d\ude39\ud83d\udc8d"]"#,
  #"["\"\\\/\b\f\n\r\t"]"#, #"["\\u0000"]"#, #"["\""]"#, #"["a/*b*/c/*d//e"]"#, #"["\\a"]"#,
  #"["\\n"]"#, #"["\u0012"]"#, #"["\uFFFF"]"#, #"["asd"]"#, #"["\uDBFF\uDFFF"]"#,
  #"["new\u00A0line"]"#, "[\"\u{10ffff}\"]", "[\"\u{ffff}\"]", #"["\u0000"]"#, #"["\u002c"]"#,
  "[\"π\"]", "[\"\u{1bfff}\"]", #"["asd "]"#, #"" ""#, #"["\u0821"]"#, #"["\u0123"]"#,
  "[\"\u{2028}\"]", "[\"\u{2029}\"]", #"["\u0061\u30af\u30EA\u30b9"]"#, "[\"new\u{a0}line\"]",
  #"["\u005C"]"#, #"["\u0022"]"#, #"["\u200B"]"#, #"["\u2064"]"#, "[\"⍂㈴⍂\"]", "[\"a\u{7f}a\"]",
  #"false"#, #"42"#, #"-0.1"#, #"null"#, #""asd""#, #"true"#, #""""#, "[\"a\"]\n", #"[true]"#,
  String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
  "[" + (0..<300).map { "{\"key\($0)\": [\($0), \($0).5, \"\($0)\"]}" }.joined(separator: ",")
    + "]",
  "{" + (0..<300).map { "\"\($0)\": \(-$0)" }.joined(separator: ",") + "}",
]

@Test(arguments: texts)
func `a JSON text says the same after it was CBOR`(text: String) throws {
  let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  let carriedValue = try carried(value)
  #expect(carriedValue == value)
  let sorted = JSONEncoder()
  sorted.outputFormatting = .sortedKeys
  #expect(try sorted.encode(carriedValue) == sorted.encode(value))
  #expect(try carried(value, CBOROptions(isDeterministic: true)) == value)
}
