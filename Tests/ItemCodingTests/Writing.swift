import ItemCoding
import Testing

enum Key: String, CodingKey, CaseIterable { case a, b, c, d }

/// Encodes itself as the closure says.
struct Custom: Encodable {
  var body: (any Encoder) throws -> Void
  init(_ body: @escaping (any Encoder) throws -> Void) { self.body = body }
  func encode(to encoder: any Encoder) throws { try body(encoder) }
}

/// Encodes itself as `value` does.
func single(_ value: some Encodable) -> Custom {
  Custom { encoder in
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}

@Test func `two nested containers are written in turns`() throws {
  let value = Custom { encoder in
    var outer = encoder.container(keyedBy: Key.self)
    var first = outer.nestedContainer(keyedBy: Key.self, forKey: .a)
    var second = outer.nestedContainer(keyedBy: Key.self, forKey: .b)
    try first.encode(1, forKey: .a)
    try second.encode(2, forKey: .a)
    try first.encode(3, forKey: .b)
    var third = first.nestedUnkeyedContainer(forKey: .c)
    try second.encode(4, forKey: .b)
    try third.encode(5)
    try outer.encode(6, forKey: .c)
    try third.encode(7)
  }
  #expect(
    try hex(value)
      == "a3 6161 a3 6161 01 6162 03 6163 82 05 07 6162 a2 6161 02 6162 04 6163 06"
      .replacing(" ", with: ""))
}

@Test func `a container grows beyond 23 entries after its neighbour was written`() throws {
  let value = Custom { encoder in
    var outer = encoder.unkeyedContainer()
    var first = outer.nestedUnkeyedContainer()
    var second = outer.nestedUnkeyedContainer()
    for number in 0..<300 {
      try first.encode(number)
      try second.encode(-number)
    }
    try outer.encode("end")
  }
  struct Read: Decodable, Equatable {
    var first: [Int], second: [Int], end: String
    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      first = try container.decode([Int].self)
      second = try container.decode([Int].self)
      end = try container.decode(String.self)
    }
  }
  let read = try CBORDecoder().decode(Read.self, from: CBOREncoder().encode(value))
  #expect(read.first == Array(0..<300))
  #expect(read.second == (0..<300).map { -$0 })
  #expect(read.end == "end")
}

@Test func `a super encoder is filled after other fields, or stays an empty map`() throws {
  let value = Custom { encoder in
    var outer = encoder.container(keyedBy: Key.self)
    let base = outer.superEncoder()
    _ = outer.superEncoder(forKey: .a)
    try outer.encode(1, forKey: .b)
    var container = base.container(keyedBy: Key.self)
    try container.encode(2, forKey: .c)
  }
  #expect(
    try hex(value) == "a3 657375706572 a1 6163 02 6161 a0 6162 01".replacing(" ", with: ""))
}

@Test func `a class and its superclass share the encoder's map`() throws {
  let value = Custom { encoder in
    var first = encoder.container(keyedBy: Key.self)
    try first.encode(1, forKey: .a)
    var second = encoder.container(keyedBy: AnyKey.self)
    try second.encode(2, forKey: AnyKey(stringValue: "z"))
    try first.encode(3, forKey: .b)
  }
  #expect(try hex(value) == "a361610161 7a02616203".replacing(" ", with: ""))
}

@Test func `a value that threw leaves nothing behind when its container goes on`() throws {
  let value = Custom { encoder in
    var outer = encoder.container(keyedBy: Key.self)
    try outer.encode(1, forKey: .a)
    try? outer.encode(Refusing(after: 30), forKey: .b)
    var list = outer.nestedUnkeyedContainer(forKey: .c)
    try? list.encode(Refusing(after: 2))
    try list.encode(2)
    try? list.encode(single(Refusing(after: 0)))
    try outer.encode(3, forKey: .d)
  }
  #expect(try hex(value) == "a3 616101 6163 8102 616403".replacing(" ", with: ""))
}

@Test func `a value that encodes nothing is an empty map`() throws {
  #expect(try hex(Custom { _ in }) == "a0")
  #expect(try hex([Custom { _ in }, Custom { _ in }]) == "82a0a0")
}

@Test func `a value that encodes itself twice is refused`() {
  #expect(throws: EncodingError.self) {
    try hex(
      Custom { encoder in
        var container = encoder.singleValueContainer()
        try container.encode(1)
        try container.encode(2)
      })
  }
  #expect(throws: EncodingError.self) {
    try hex(
      Custom { encoder in
        _ = encoder.unkeyedContainer()
        _ = encoder.container(keyedBy: Key.self)
      })
  }
}

@Test func `a container used after its value throws and changes nothing`() throws {
  final class Keeper { var containers: [KeyedEncodingContainer<Key>] = [] }
  let keeper = Keeper()
  let encoder = CBOREncoder()
  defer {
    // These outlive their encoder.
    for _ in 0..<20 {
      #expect(throws: Never.self) {
        try CBOREncoder().encode(
          Custom {
            keeper.containers.append($0.container(keyedBy: Key.self))
          })
      }
    }
    for var kept in keeper.containers {
      #expect(throws: EncodingError.self) { try kept.encode(1, forKey: .a) }
    }
  }
  let keeping = Custom {
    keeper.containers.append($0.container(keyedBy: Key.self))
  }
  let using = Custom { encoder in
    var own = encoder.container(keyedBy: Key.self)
    for var kept in keeper.containers {
      #expect(throws: EncodingError.self) { try kept.encode(1, forKey: .a) }
      #expect(throws: EncodingError.self) {
        var nested = kept.nestedContainer(keyedBy: Key.self, forKey: .a)
        try nested.encode(1, forKey: .b)
      }
    }
    try own.encode(2, forKey: .b)
  }
  for _ in 0..<3 {
    _ = try encoder.encode(keeping)
    #expect(try hex(bytes: encoder.encode([keeping, using])) == "82a0a1616202")
  }
}

@Test func `endless nesting is refused`() {
  final class Cycle: Encodable {
    var next: Cycle?
    deinit {}
  }
  let cycle = Cycle()
  cycle.next = cycle
  #expect(throws: EncodingError.self) { try CBOREncoder().encode(cycle) }
  cycle.next = nil
  struct Same: Encodable {
    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(self)
    }
  }
  #expect(throws: EncodingError.self) { try CBOREncoder().encode(Same()) }
}

@Test func `the nesting limit is the number of arrays and maps within each other`() throws {
  func nested(_ depth: Int) -> Shape { depth == 1 ? .nothing : .pair(.nothing, nested(depth - 1)) }
  let options = CBOROptions(nestingLimit: 2)
  #expect(try hex([[1]], options) == "818101")
  #expect(throws: EncodingError.self) { try hex([[[1]]], options) }
  #expect(try value([[Int]].self, "818101", options) == [[1]])
  #expect(throws: DecodingError.self) { try value([[[Int]]].self, "81818101", options) }
  #expect(throws: EncodingError.self) { try CBOREncoder().encode(nested(200)) }
}

@Test func `the coding path of an encoder leads to the value`() throws {
  let value = Custom { encoder in
    var outer = encoder.container(keyedBy: Key.self)
    var list = outer.nestedUnkeyedContainer(forKey: .b)
    try list.encode(1)
    try list.encode(
      [
        "key": Custom { inner in
          #expect(inner.codingPath.map(\.stringValue) == ["b", "1", "key"])
          #expect(inner.container(keyedBy: Key.self).codingPath.count == 3)
          #expect(inner.codingPath[1].intValue == 1)
        }
      ])
  }
  _ = try CBOREncoder().encode(value)
}

@Test func `user info reaches encode and init`() throws {
  struct Reader: Codable {
    init() {}
    init(from decoder: any Decoder) throws {
      let found = decoder.userInfo[.init(rawValue: "k")!] as? Int
      #expect(found == 7)
    }
    func encode(to encoder: any Encoder) throws {
      let found = encoder.userInfo[.init(rawValue: "k")!] as? Int
      #expect(found == 7)
    }
  }
  _ = try carried(Reader(), CBOROptions(userInfo: [.init(rawValue: "k")!: 7]))
}

@Test func `an error leaves the buffer as it was`() throws {
  var buffer = EncodingBuffer()
  try CBOREncoder().encode(1, into: &buffer)
  #expect(throws: (any Error).self) {
    try CBOREncoder().encode(Refusing(after: 100), into: &buffer)
  }
  #expect(buffer.count == 1)
  try CBOREncoder().encode(2, into: &buffer)
  #expect(unsafe buffer.withUnsafeBytes { unsafe Array($0) } == [1, 2])
}
