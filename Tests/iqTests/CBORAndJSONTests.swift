import Testing
import iq

/// The examples of RFC 8949, appendix A, with what iq shows for them.
private let examples: [(cbor: String, json: String)] = [
  ("00", "0"), ("01", "1"), ("0a", "10"), ("17", "23"), ("1818", "24"), ("1819", "25"),
  ("1864", "100"), ("1903e8", "1000"), ("1a000f4240", "1000000"),
  ("1b000000e8d4a51000", "1000000000000"), ("1bffffffffffffffff", "18446744073709551615"),
  ("c249010000000000000000", "18446744073709551616"),
  ("3bffffffffffffffff", "-18446744073709551616"),
  ("c349010000000000000000", "-18446744073709551617"), ("20", "-1"), ("29", "-10"),
  ("3863", "-100"), ("3903e7", "-1000"), ("f90000", "0.0"), ("f98000", "-0.0"), ("f93c00", "1.0"),
  ("fb3ff199999999999a", "1.1"), ("f93e00", "1.5"), ("f97bff", "65504.0"),
  ("fa47c35000", "100000.0"), ("fa7f7fffff", "3.4028234663852886e+38"),
  ("fb7e37e43c8800759c", "1e+300"), ("f90001", "5.960464477539063e-08"),
  ("f90400", "6.103515625e-05"), ("f9c400", "-4.0"), ("fbc010666666666666", "-4.1"),
  ("f97c00", "null"), ("f97e00", "null"), ("f9fc00", "null"), ("fa7f800000", "null"),
  ("fa7fc00000", "null"), ("faff800000", "null"), ("fb7ff0000000000000", "null"),
  ("fb7ff8000000000000", "null"), ("fbfff0000000000000", "null"), ("f4", "false"), ("f5", "true"),
  ("f6", "null"), ("f7", "null"), ("f0", "null"), ("f8ff", "null"),
  ("c074323031332d30332d32315432303a30343a30305a", #""2013-03-21T20:04:00Z""#),
  ("c11a514b67b0", #""2013-03-21T20:04:00Z""#),
  ("c1fb41d452d9ec200000", #""2013-03-21T20:04:00.5Z""#),
  ("d74401020304", #""01020304""#), ("d818456449455446", #""ZElFVEY=""#),
  ("d82076687474703a2f2f7777772e6578616d706c652e636f6d", #""http://www.example.com""#),
  ("40", #""""#), ("4401020304", #""AQIDBA==""#), ("60", #""""#), ("6161", #""a""#),
  ("6449455446", #""IETF""#), ("62225c", #""\"\\""#), ("62c3bc", "\"\u{fc}\""),
  ("63e6b0b4", "\"\u{6c34}\""), ("64f0908591", "\"\u{10151}\""), ("80", "[]"),
  ("83010203", "[1,2,3]"), ("8301820203820405", "[1,[2,3],[4,5]]"),
  (
    "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
    "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]"
  ),
  ("a0", "{}"), ("a201020304", #"{"1":2,"3":4}"#), ("a26161016162820203", #"{"a":1,"b":[2,3]}"#),
  ("826161a161626163", #"["a",{"b":"c"}]"#),
  (
    "a56161614161626142616361436164614461656145",
    #"{"a":"A","b":"B","c":"C","d":"D","e":"E"}"#
  ),
  ("5f42010243030405ff", #""AQIDBAU=""#), ("7f657374726561646d696e67ff", #""streaming""#),
  ("9fff", "[]"), ("9f018202039f0405ffff", "[1,[2,3],[4,5]]"),
  ("9f01820203820405ff", "[1,[2,3],[4,5]]"), ("83018202039f0405ff", "[1,[2,3],[4,5]]"),
  ("83019f0203ff820405", "[1,[2,3],[4,5]]"),
  (
    "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
    "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]"
  ),
  ("bf61610161629f0203ffff", #"{"a":1,"b":[2,3]}"#), ("826161bf61626163ff", #"["a",{"b":"c"}]"#),
  ("bf6346756ef563416d7421ff", #"{"Fun":true,"Amt":-2}"#),
]

/// More that the RFC describes.
private let others: [(cbor: String, json: String)] = [
  ("c48221196ab3", "273.15"), ("c4820319 0005", "5000"), ("c4822305", "0.0005"),
  ("c4822324", "-0.0005"), ("c482381d01", "1e-30"), ("c482181e01", "1e30"),
  ("c48220c349010000000000000000", "-1844674407370955161.7"),
  ("d82550000102030405060708090a0b0c0d0e0f", #""00010203-0405-0607-0809-0A0B0C0D0E0F""#),
  ("d54401fffe02", #""Af_-Ag""#), ("d64401fffe02", #""Af/+Ag==""#),
  ("d78241ff41fe", #"["ff","fe"]"#), ("d9d9f7820102", "[1,2]"),
  ("c12f", #""1969-12-31T23:59:44Z""#),
  ("c1fb7e37e43c8800759c", "1e+300"), ("c240", "0"), ("c340", "-1"), ("c341ff", "-256"),
  ("a1f6f4", #"{"null":false}"#), ("a1820102f5", #"{"[1,2]":true}"#),
  ("a14102f5", #"{"Ag==":true}"#),
  ("6100", #""\u0000""#), ("611b", #""\u001b""#), ("62c29b", #""\u009b""#), ("617f", #""\u007f""#),
]

/// What is not well-formed, or no UTF-8.
private let broken = [
  "", "18", "1c", "ff", "61", "62c3", "61ff", "82 01", "a101", "a1", "5f 6161 ff", "9f", "c1",
  "f818",
  "0000", "bf01ff", "1f", "fb00", "7f61", "5b ffffffffffffffff", "9b ffffffffffffffff",
]

private func bytes(_ hex: String) -> [UInt8] {
  let digits = hex.filter { $0 != " " }.map { UInt8($0.hexDigitValue!) }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

private func json(_ cbor: String) throws -> String {
  String(decoding: try CBORToJSON.json(bytes(cbor)), as: UTF8.self)
}

private func hex(_ json: String) throws -> String {
  try JSONToCBOR.cbor(Array(json.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    .joined()
}

@Suite struct CBORAndJSONTests {
  @Test(arguments: examples) func `an example of the RFC is shown`(cbor: String, shown: String)
    throws
  {
    #expect(try json(cbor) == shown)
  }

  @Test(arguments: others) func `tags, odd keys and control characters are shown`(
    cbor: String, shown: String
  ) throws {
    #expect(try json(cbor) == shown)
  }

  @Test(arguments: broken) func `what is not CBOR is refused`(cbor: String) {
    #expect(throws: (any Error).self) { try json(cbor) }
  }

  @Test(arguments: examples) func `JSON that was shown becomes CBOR that is shown the same`(
    cbor: String, shown: String
  ) throws {
    #expect(try json(hex(shown)) == shown)
  }

  @Test(arguments: [
    ("0", "00"), ("-1", "20"), ("24", "1818"), ("18446744073709551615", "1bffffffffffffffff"),
    ("18446744073709551616", "c249010000000000000000"),
    ("-18446744073709551616", "3bffffffffffffffff"),
    ("-18446744073709551617", "c349010000000000000000"), ("1.5", "f93e00"), ("1e5", "fa47c35000"),
    ("0.1", "fb3fb999999999999a"), ("-0", "f98000"), ("1.0", "f93c00"),
    (#""\u00fc\ud800\udd51\n\/""#, "68c3bcf09085910a2f"), ("[]", "80"), (" [ 1 , [ ] ] ", "820180"),
    (#"{"a":{"b":null},"c":[true,false]}"#, "a26161a16162f6616382f5f4"),
    (
      "[" + (1...25).map { "\($0)" }.joined(separator: ",") + "]",
      "98190102030405060708090a0b0c0d0e0f101112131415161718181819"
    ),
  ])
  func `JSON becomes CBOR in the preferred form`(text: String, cbor: String) throws {
    #expect(try hex(text) == cbor)
  }

  @Test(arguments: [
    "", "nul", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "01", "1.", ".5", "+1", "1e",
    "\"a",
    "\"\\x\"", "\"\\ud800\"", "\"\u{1}\"", "1 2", "[", "NaN", "1e999", #"{"a":1,"a":2}"#, "'a'",
    "\u{feff}1", "tru", "-", "\"\\u12g4\"",
  ])
  func `what is not JSON is refused, without a word of it`(text: String) {
    do {
      _ = try hex(text)
      Issue.record("was taken")
    } catch {
      #expect("\(error)".contains("at byte "))
    }
  }

  @Test func `nesting has a limit, and deep input is no crash`() throws {
    let deep = String(repeating: "[", count: 256) + String(repeating: "]", count: 256)
    #expect(try json(hex(deep)) == deep)
    #expect(throws: (any Error).self) { try hex(String(repeating: "[", count: 100_000)) }
    #expect(throws: (any Error).self) { try json(String(repeating: "81", count: 100_000) + "00") }
    #expect(throws: (any Error).self) { try json(String(repeating: "c6", count: 100_000) + "00") }
  }

  @Test func `no beginning of an item is an item`() throws {
    for (cbor, _) in examples + others {
      for count in 0..<bytes(cbor).count {
        #expect(throws: (any Error).self) { try CBORToJSON.json(Array(bytes(cbor)[..<count])) }
      }
    }
  }
}
