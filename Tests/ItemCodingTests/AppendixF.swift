import CodingSamples
import FoundationEssentials
import ItemCoding
import Testing

/// The examples of RFC 8949, appendix F: bytes that are not well-formed.
private let malformed = """
  18 19 1a 1b 1901 1a0102 1b01020304050607 38 58 78 98 9a01ff00 b8 d8 f8 f900 fa0000 fb000000
  41 61 5affffffff00 5bffffffffffffffff010203 7affffffff00 7b7fffffffffffffff010203
  81 818181818181818181 8200 a1 a20102 a100 a2000000
  c0
  5f4100 7f6100
  9f 9f0102 bf bf01020102 819f 9f8000 9f9f9f9f9fffffffff 9f819f819f9fffffff
  1c 1d 1e 3c 3d 3e 5c 5d 5e 7c 7d 7e 9c 9d 9e bc bd be dc dd de fc fd fe
  f800 f801 f818 f81f
  5f00ff 5f21ff 5f6100ff 5f80ff 5fa0ff 5fc000ff 5fe0ff 7f4100ff
  5f5f4100ffff 7f7f6100ffff
  ff
  81ff 8200ff a1ff a1ff00 a100ff a20000ff 9f81ff 9f829f819f9fffffffff
  bf00ff bf000000ff
  1f 3f df
  """.split(whereSeparator: \.isWhitespace).map(String.init)

/// Passes over whatever it is decoded from.
private struct Ignoring: Decodable {}

private var types: [any Decodable.Type] {
  [
    Datum.self, Int.self, UInt8.self, Int128.self, Double.self, Float.self, Bool.self, String.self,
    Data.self, [UInt8].self, Date.self, UUID.self, URL.self, Decimal.self, Int?.self, [Int].self,
    [Double].self, [String].self, [Datum].self, [String: Int].self, [Int: Datum].self, Place.self,
    Shape.self, Color.self, Everything.self, Set<Int>.self, ManyFields.self, Ignoring.self,
  ]
}

@Test(arguments: malformed)
func `what is not well-formed is refused as every type`(data: String) {
  for type in types {
    #expect(throws: DecodingError.self, "as \(type)") { try value(type, data) }
  }
  // Where nobody reads it, too.
  #expect(throws: DecodingError.self) { try value(Ignoring.self, "a1 6178 \(data)") }
  #expect(throws: DecodingError.self) { try value([Ignoring].self, "81 \(data)") }
}

@Test func `the error for malformed input names the byte`() throws {
  let error = try #require(decodingError { _ = try value([Int].self, "82 01 1c") })
  #expect(error.context?.debugDescription == "a reserved form, at byte 2")
  let short = try #require(decodingError { _ = try value([String].self, "82 6161 6561") })
  #expect(
    short.context?.debugDescription == "the data ends within an item that begins, at byte 3")
  #expect(short.path == ["1"])
}

@Test func `every beginning of an encoded value is refused`() throws {
  let bytes = try CBOREncoder().encode(Everything())
  let decoder = CBORDecoder()
  for count in 0..<bytes.count {
    #expect(throws: DecodingError.self) {
      try decoder.decode(Everything.self, from: Array(bytes[..<count]))
    }
  }
}

@Test(.timeLimit(.minutes(10)))
func `changed bytes are read or refused, never more`() throws {
  var generator = SeededGenerator(seed: 1)
  let decoder = CBORDecoder()
  let seeds: [[UInt8]] = [
    try CBOREncoder().encode(Everything()), try CBOREncoder().encode(Place.sample),
    bytes(hex: "bf61610161629f0203ff7f657374726561646d696e67ff5f42010243030405ffff"),
  ]
  var refused = 0
  for _ in 0..<200 {
    var bytes = seeds.randomElement(using: &generator)!
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      bytes[place] = .random(in: 0...255, using: &generator)
    }
    for type in [Everything.self, Datum.self, Ignoring.self, Shape.self] as [any Decodable.Type] {
      do { _ = try decoder.decode(type, from: bytes) } catch is DecodingError { refused += 1 }
    }
  }
  #expect(refused > 50)
}

@Test func `random bytes are read or refused, never more`() throws {
  var generator = SeededGenerator(seed: 2)
  let decoder = CBORDecoder()
  for _ in 0..<200 {
    let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
      UInt8.random(in: 0...255, using: &generator)
    }
    for type in types {
      do { _ = try decoder.decode(type, from: bytes) } catch is DecodingError {}
    }
  }
}

@Test func `a length beyond what is there is refused before memory is taken for it`() {
  for data in [
    "9b7fffffffffffffff", "9a7fffffff 01", "bb7fffffffffffffff", "bbffffffffffffffff",
    "5b7fffffffffffffff", "7b7fffffffffffffff", "9bffffffffffffffff",
  ] {
    for type in types {
      #expect(throws: DecodingError.self) { try value(type, data) }
    }
  }
}

@Test func `deep nesting is refused, also where nobody reads it`() {
  let deep = Array(repeating: UInt8(0x81), count: 1_000_000) + [0]
  let maps = [UInt8](repeating: 0xa1, count: 1_000_000)
  let indefinite = [UInt8](repeating: 0x9f, count: 1_000_000)
  let tags = [UInt8](repeating: 0xc1, count: 1_000_000) + [0]
  for bytes in [deep, maps, indefinite] {
    #expect(throws: DecodingError.self) { try CBORDecoder().decode(Datum.self, from: bytes) }
    #expect(throws: DecodingError.self) { try CBORDecoder().decode(Ignoring.self, from: bytes) }
  }
  #expect(throws: Never.self) { try CBORDecoder().decode(Int.self, from: tags) }
}
