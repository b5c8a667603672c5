import CodingSamples
import FoundationEssentials
import ItemCoding
import Testing

// The examples of RFC 8949, appendix A.

/// Those whose shown form is the one that this library writes.
private let preferred: [(String, Datum)] = [
  ("00", 0), ("01", 1), ("0a", 10), ("17", 23), ("1818", 24), ("1819", 25), ("1864", 100),
  ("1903e8", 1000), ("1a000f4240", 1_000_000), ("1b000000e8d4a51000", 1_000_000_000_000),
  ("1bffffffffffffffff", .integer(18_446_744_073_709_551_615)),
  ("c249010000000000000000", .integer(18_446_744_073_709_551_616)),
  ("3bffffffffffffffff", .integer(-18_446_744_073_709_551_616)),
  ("c349010000000000000000", .integer(-18_446_744_073_709_551_617)),
  ("20", -1), ("29", -10), ("3863", -100), ("3903e7", -1000),
  ("f90000", 0.0), ("f98000", .float(-0.0)), ("f93c00", 1.0), ("fb3ff199999999999a", 1.1),
  ("f93e00", 1.5), ("f97bff", 65504.0), ("fa47c35000", 100000.0),
  ("fa7f7fffff", 3.4028234663852886e+38), ("fb7e37e43c8800759c", 1.0e+300),
  ("f90001", 5.960464477539063e-8), ("f90400", 0.00006103515625), ("f9c400", .float(-4.0)),
  ("fbc010666666666666", .float(-4.1)), ("f97c00", .float(.infinity)),
  ("f97e00", .float(.nan)), ("f9fc00", .float(-.infinity)),
  ("f4", false), ("f5", true), ("f6", nil),
  ("40", .bytes(Data())), ("4401020304", .bytes(Data([1, 2, 3, 4]))),
  ("60", ""), ("6161", "a"), ("6449455446", "IETF"), ("62225c", "\"\\"), ("62c3bc", "\u{fc}"),
  ("63e6b0b4", "\u{6c34}"), ("64f0908591", "\u{10151}"),
  ("80", []), ("83010203", [1, 2, 3]), ("8301820203820405", [1, [2, 3], [4, 5]]),
  (
    "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
    .array((1...25).map { .integer($0) })
  ),
  ("a0", [:]), ("a201020304", [1: 2, 3: 4]), ("a26161016162820203", ["a": 1, "b": [2, 3]]),
  ("826161a161626163", ["a", ["b": "c"]]),
  (
    "a56161614161626142616361436164614461656145",
    ["a": "A", "b": "B", "c": "C", "d": "D", "e": "E"]
  ),
]

/// Those that are another form of a value.
private let other: [(String, Datum)] = [
  ("fa7f800000", .float(.infinity)), ("fa7fc00000", .float(.nan)),
  ("faff800000", .float(-.infinity)), ("fb7ff0000000000000", .float(.infinity)),
  ("fb7ff8000000000000", .float(.nan)), ("fbfff0000000000000", .float(-.infinity)),
  ("f7", nil),
  ("c074323031332d30332d32315432303a30343a30305a", "2013-03-21T20:04:00Z"),
  ("c11a514b67b0", 1_363_896_240), ("c1fb41d452d9ec200000", 1363896240.5),
  ("d74401020304", .bytes(Data([1, 2, 3, 4]))),
  ("d818456449455446", .bytes(Data([0x64, 0x49, 0x45, 0x54, 0x46]))),
  ("d82076687474703a2f2f7777772e6578616d706c652e636f6d", "http://www.example.com"),
  ("5f42010243030405ff", .bytes(Data([1, 2, 3, 4, 5]))),
  ("7f657374726561646d696e67ff", "streaming"),
  ("9fff", []), ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
  ("9f01820203820405ff", [1, [2, 3], [4, 5]]), ("83018202039f0405ff", [1, [2, 3], [4, 5]]),
  ("83019f0203ff820405", [1, [2, 3], [4, 5]]),
  (
    "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
    .array((1...25).map { .integer($0) })
  ),
  ("bf61610161629f0203ffff", ["a": 1, "b": [2, 3]]), ("826161bf61626163ff", ["a", ["b": "c"]]),
  ("bf6346756ef563416d7421ff", ["Fun": true, "Amt": -2]),
]

@Test(arguments: preferred)
func `an example in preferred form is read, and written the same`(
  data: String, datum: Datum
) throws {
  #expect(try value(Datum.self, data) == datum)
  #expect(try hex(datum, CBOROptions(isDeterministic: true)) == data)
}

@Test(arguments: other)
func `an example in another form is read as the same value`(data: String, datum: Datum) throws {
  #expect(try value(Datum.self, data) == datum)
}

@Test func `the tagged examples are written as they are shown`() throws {
  let date = Date(timeIntervalSince1970: 1_363_896_240)
  #expect(try hex(date) == "c11a514b67b0")
  #expect(try hex(date + 0.5) == "c1fb41d452d9ec200000")
  let url = URL(string: "http://www.example.com")!
  #expect(try hex(url) == "d82076687474703a2f2f7777772e6578616d706c652e636f6d")
  #expect(try value(URL.self, hex(url)) == url)
}

/// Passes over whatever it is decoded from.
private struct Ignoring: Decodable {}

@Test(arguments: ["f0", "f8ff", "f7", "d9d9f7f6"])
func `simple values and unknown tags are passed over where nobody reads them`(data: String) throws {
  _ = try value(Ignoring.self, "a1 6178 \(data)")
  _ = try value([String: Ignoring].self, "a1 6178 a1 6179 \(data)")
}

@Test func `keys are sorted by their bytes in the deterministic form`() throws {
  // The order of RFC 8949, section 4.2.1: 10, 100, -1, "z", "aa".
  let map: Datum = ["aa": 4, 100: 1, "z": 3, 10: 0, -1: 2]
  #expect(
    try hex(map, CBOROptions(isDeterministic: true))
      == "a5 0a00 186401 2002 617a03 62616104".filter { $0 != " " })
  let nested: Datum = [["b": [["b": 1, "a": 2]], "a": 0]]
  #expect(
    try hex(nested, CBOROptions(isDeterministic: true))
      == "81a261610061628 1a2616102616201".filter { $0 != " " })
}
