import FoundationEssentials
import ItemCoding
import Testing

struct Pair: Codable, Equatable {
  var first: Int
  var second: String?
}

@Test func `fields are found in any order, and unknown ones are skipped`() throws {
  // {"second": "x", "other": [1, {}], "first": 5}
  let data = "a3 667365636f6e64 6178 656f74686572 8201a0 656669727374 05"
  #expect(try value(Pair.self, data) == Pair(first: 5, second: "x"))
}

@Test func `an absent field, null and undefined are nil`() throws {
  #expect(try value(Pair.self, "a1 656669727374 05") == Pair(first: 5))
  #expect(try value(Pair.self, "a2 656669727374 05 667365636f6e64 f6") == Pair(first: 5))
  #expect(try value(Pair.self, "a2 656669727374 05 667365636f6e64 f7") == Pair(first: 5))
}

@Test func `indefinite maps, arrays and strings are read`() throws {
  let data = "bf 656669727374 05 667365636f6e64 7f 6178 60 6179 ff ff"
  #expect(try value(Pair.self, data) == Pair(first: 5, second: "xy"))
  #expect(try value([Int].self, "9f 01 02 ff") == [1, 2])
  #expect(try value([[Int]].self, "9f 80 9f 01 ff ff") == [[], [1]])
  #expect(try value([UInt8].self, "5f 4101 40 420203 ff") == [1, 2, 3])
  #expect(try value(Data.self, "5f 4101 40 420203 ff") == Data([1, 2, 3]))
  #expect(try value([String: Int].self, "bf 6161 01 7f 6162 ff 02 ff") == ["a": 1, "b": 2])
}

@Test func `an integer key stands for a coding key with that integer`() throws {
  struct Numbered: Decodable, Equatable {
    enum CodingKeys: Int, CodingKey { case a = 1, b = -2 }
    var a: String, b: Int
  }
  let read = try value(Numbered.self, "a2 21 05 01 6178")
  #expect(read == Numbered(a: "x", b: 5))
}

@Test func `a key that lies there twice is refused`() {
  for data in [
    "a2 656669727374 05 656669727374 06",
    "a3 656669727374 05 667365636f6e64 6178 656669727374 06",
    "a3 656669727374 05 6178 01 6178 02",
    "bf 656669727374 05 656669727374 05 ff",
  ] {
    let error = decodingError { _ = try value(Pair.self, data) }
    #expect(error?.context?.debugDescription.contains("second key") == true)
  }
  #expect(throws: DecodingError.self) { try value([String: Int].self, "a2 6161 01 6161 02") }
}

@Test(arguments: [
  "f97c00", "f9fc00", "fa7f800000", "faff800000", "fb7ff0000000000000", "fbfff0000000000000",
  "fb7e37e43c8800759c", "fb01a56e1fc2f8f359",
  "c4821880 01",
  "c482187f 1b8ac7230489e80000",
])
func `a number that no decimal can be is refused, infinities among them`(_ data: String) {
  let error = decodingError { _ = try value(Decimal.self, data) }
  #expect(error?.context?.debugDescription.contains("does not fit Decimal") == true, "\(data)")
}

@Test func `a decimal is read from any number that it can be`() throws {
  #expect(try value(Decimal.self, "f93e00") == 1.5)
  #expect(try value(Decimal.self, "fb40091eb851eb851f") == Decimal(3.14))
  #expect(try value(Decimal.self, "f98000") == 0)
  #expect(try value(Decimal.self, "f97e00").isNaN)
  #expect(
    try value(Decimal.self, "c4 82 387f 05") == Decimal(sign: .plus, exponent: -128, significand: 5)
  )
  #expect(
    try value(Decimal.self, "c4 82 187f 05") == Decimal(sign: .plus, exponent: 127, significand: 5))
}

@Test func `unknown tags and self-described CBOR are skipped`() throws {
  #expect(try value(Int.self, "d9d9f7 d87b 05") == 5)
  #expect(try value([Int].self, "d9d9f7 82 c9 01 d87b 02") == [1, 2])
  #expect(try value(Pair.self, "d9d9f7 a1 c9 656669727374 c9 05") == Pair(first: 5))
  #expect(try value(Int?.self, "c9 f6") == nil)
}

@Test func `a number that does not fit its type is refused`() throws {
  #expect(try value(Int8.self, "38 7f") == -128)
  #expect(throws: DecodingError.self) { try value(Int8.self, "3880") }
  #expect(throws: DecodingError.self) { try value(UInt8.self, "190100") }
  #expect(throws: DecodingError.self) { try value(UInt.self, "20") }
  #expect(try value(Int.self, "c2 42 0100") == 256)
  #expect(try value(Int.self, "c3 41 00") == -1)
  #expect(throws: DecodingError.self) { try value(Int.self, "c2 49 010000000000000000") }
  #expect(throws: DecodingError.self) {
    try value(UInt128.self, "c2 51 0100000000000000000000000000000000")
  }
  #expect(throws: DecodingError.self) { try value(Float.self, "fb7fe0000000000000") }
  #expect(throws: DecodingError.self) { try value(Float16.self, "fa47800000") }
  #expect(throws: DecodingError.self) { try value(Int.self, "f93c00") }
}

@Test func `integers are read as floats when nothing is lost`() throws {
  #expect(try value(Double.self, "05") == 5)
  #expect(try value(Double.self, "24") == -5)
  #expect(try value([Double].self, "83 01 f93e00 fa3fc00000") == [1, 1.5, 1.5])
  #expect(throws: DecodingError.self) { try value(Double.self, "1b0020000000000001") }
}

@Test func `an error names the path and the byte`() throws {
  let error = try #require(
    decodingError {
      _ = try value([String: [Pair]].self, "a1 61 6b 82 a1656669727374 05 a1656669727374 6178")
    })
  #expect(error.path == ["k", "1", "first"])
  let description = try #require(error.context?.debugDescription)
  #expect(description.contains("expected Int, found a text, at byte 19"))

  let missing = try #require(decodingError { _ = try value([Pair].self, "81 a0") })
  #expect(missing.path == ["0"])
  guard case .keyNotFound(let key, _) = missing else {
    Issue.record("not a missing key: \(missing)")
    return
  }
  #expect(key.stringValue == "first")
}

@Test func `a null where a value is needed is a missing value`() throws {
  let error = try #require(decodingError { _ = try value(Pair.self, "a1 656669727374 f6") })
  guard case .valueNotFound = error else {
    Issue.record("not a missing value: \(error)")
    return
  }
}

@Test func `text that is not UTF-8 is refused where it is read`() {
  #expect(throws: DecodingError.self) { try value(String.self, "62 c328") }
  #expect(throws: DecodingError.self) { try value(String.self, "63 eda080") }
  #expect(throws: DecodingError.self) { try value(String.self, "7f 61c3 61bc ff") }
}

@Test func `bytes after the item are refused`() {
  #expect(throws: DecodingError.self) { try value(Int.self, "0505") }
  #expect(throws: DecodingError.self) { try value(Int.self, "") }
}

@Test func `dates are read from every form`() throws {
  let date = Date(timeIntervalSince1970: 1_363_896_240)
  #expect(try value(Date.self, "c1 1a514b67b0") == date)
  #expect(try value(Date.self, "c1 fb41d452d9ec200000") == date + 0.5)
  #expect(try value(Date.self, "c0 74323031332d30332d32315432303a30343a30305a") == date)
  #expect(try carried(date + 0.25, CBOROptions(dates: .text)) == date + 0.25)
  let exact = Date(timeIntervalSinceReferenceDate: 0.1)
  #expect(try carried(exact, CBOROptions(dates: .reference)) == exact)
  #expect(throws: DecodingError.self) { try value(Date.self, "c0 6178") }
}

@Test func `an array is read in pieces, some of them nested`() throws {
  struct Pieces: Decodable {
    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      #expect(list.count == 5)
      #expect(try list.decode(Int.self) == 1)
      #expect(throws: DecodingError.self) { try list.decode(String.self) }
      #expect(list.currentIndex == 1)
      #expect(try !list.decodeNil())
      var inner = try list.nestedUnkeyedContainer()
      #expect(try inner.decode(Int.self) == 2)
      #expect(try list.decodeNil())
      let map = try list.nestedContainer(keyedBy: Key.self)
      #expect(try map.decode(Int.self, forKey: .b) == 4)
      let deferred = try list.superDecoder()
      #expect(list.isAtEnd)
      #expect(list.currentIndex == 5)
      #expect(throws: DecodingError.self) { try list.decode(Int.self) }
      #expect(try deferred.singleValueContainer().decode(Int.self) == 6)
      #expect(try inner.decode(Int.self) == 3)
      #expect(try map.decode(Int.self, forKey: .a) == 5)
    }
  }
  _ = try value(Pieces.self, "85 01 820203 f6 a2 6161 05 6162 04 06")
  _ = try value(
    [Pieces].self, "8285 01 820203 f6 a2 6161 05 6162 04 06 85 01 820203 f6 a2 6161 05 6162 04 06")
}

@Test func `a map is asked before it is read`() throws {
  struct Asking: Decodable {
    init(from decoder: any Decoder) throws {
      let map = try decoder.container(keyedBy: Key.self)
      #expect(map.allKeys == [.b, .a])
      #expect(map.contains(.a))
      #expect(!map.contains(.c))
      #expect(try map.decodeNil(forKey: .b))
      #expect(try !map.decodeNil(forKey: .a))
      #expect(try map.decodeIfPresent(Int.self, forKey: .b) == nil)
      #expect(try map.decodeIfPresent(Int.self, forKey: .a) == 1)
      #expect(try map.decodeIfPresent([Int].self, forKey: .c) == nil)
      #expect(throws: DecodingError.self) { try map.decode(String.self, forKey: .a) }
      #expect(try map.decode(Int.self, forKey: .a) == 1)
    }
  }
  _ = try value(Asking.self, "a2 6162 f6 6161 01")
}

@Test func `a decoder kept beyond its item throws`() throws {
  final class Keeper {
    var decoder: (any Decoder)?
    var map: KeyedDecodingContainer<Key>?
  }
  struct Keeping: Decodable {
    init(from decoder: any Decoder) throws {
      let keeper = try #require(decoder.userInfo[.init(rawValue: "keeper")!] as? Unsafe)
      keeper.keeper.decoder = decoder
      keeper.keeper.map = try decoder.container(keyedBy: Key.self)
    }
  }
  struct Unsafe: @unchecked Sendable { let keeper = Keeper() }
  let keeper = Unsafe()
  let decoder = CBORDecoder(options: .init(userInfo: [.init(rawValue: "keeper")!: keeper]))
  _ = try decoder.decode(Keeping.self, from: [0xa0])
  _ = try decoder.decode([Int].self, from: [0x81, 0x01])
  #expect(throws: DecodingError.self) { try keeper.keeper.map?.decode(Int.self, forKey: .a) }
  #expect(throws: DecodingError.self) { try keeper.keeper.decoder?.unkeyedContainer() }
  #expect(throws: DecodingError.self) {
    try keeper.keeper.decoder?.singleValueContainer().decode(Int.self)
  }
}

@Test func `a value may ask for a container that is not there, and read less than all`() throws {
  struct Trying: Decodable, Equatable {
    var first: Int
    init(from decoder: any Decoder) throws {
      #expect(throws: DecodingError.self) { try decoder.container(keyedBy: Key.self) }
      var list = try decoder.unkeyedContainer()
      first = try list.decode(Int.self)
    }
  }
  let read = try value([Trying].self, "82 83 01 a1616101 03 9f 02 820405 ff")
  #expect(read.map(\.first) == [1, 2])
}

@Test func `a limit of no nesting allows plain values only`() throws {
  let options = CBOROptions(nestingLimit: -1)
  #expect(try carried(5, options) == 5)
  #expect(throws: EncodingError.self) { try carried([5], options) }
  #expect(throws: DecodingError.self) { try value([Int].self, "80", options) }
}
