import ItemCoding
import Testing

@Test func `a key written twice has its later value`() throws {
  let value = Custom { encoder in
    var first = encoder.container(keyedBy: Key.self)
    try first.encode([1, 2, 3], forKey: .a)
    try first.encode(1, forKey: .b)
    var second = encoder.container(keyedBy: AnyKey.self)
    try second.encode("x", forKey: AnyKey(stringValue: "a"))
    try second.encode("a long text that must move", forKey: AnyKey(stringValue: "c"))
    try first.encode(2, forKey: .b)
  }
  let encoder = CBOREncoder()
  for _ in 0..<3 {
    let bytes = try encoder.encode(value)
    let read = try CBORDecoder().decode(Mixed.self, from: bytes)
    #expect(read == Mixed(a: "x", b: 2, c: "a long text that must move"))
    #expect(bytes.first == 0xa3)
  }
  struct Mixed: Codable, Equatable { var a: String, b: Int, c: String }
}

@Test func `a nested container goes with its entry when the key comes again, its neighbour stays`()
  throws
{
  let value = Custom { encoder in
    var outer = encoder.container(keyedBy: Key.self)
    var replaced = outer.nestedUnkeyedContainer(forKey: .a)
    try replaced.encode(1)
    var inner = outer.nestedContainer(keyedBy: Key.self, forKey: .b)
    try inner.encode(2, forKey: .a)
    try outer.encode(3, forKey: .a)
    try inner.encode(4, forKey: .b)
  }
  #expect(try hex(value) == "a2 6162 a2 616102 616204 616103".filter { $0 != " " })
}

@Test func `many keys written twice, in any order, are each there once`() throws {
  for count in [2, 5, 30, 300] {
    let value = Custom { encoder in
      var container = encoder.container(keyedBy: AnyKey.self)
      for number in 0..<count {
        try container.encode(number, forKey: AnyKey(stringValue: "a key of number \(number)"))
      }
      for number in stride(from: count - 1, through: 0, by: -1) {
        try container.encode(-number, forKey: AnyKey(stringValue: "a key of number \(number)"))
      }
    }
    let read = try CBORDecoder().decode([String: Int].self, from: CBOREncoder().encode(value))
    #expect(read.count == count)
    #expect(read.allSatisfy { $0.key == "a key of number \(-$0.value)" })
  }
}

@Test(.timeLimit(.minutes(10)))
func `a large map is read backwards in time that grows with its size`() throws {
  struct Backwards: Decodable {
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      for number in stride(from: 9_999, through: 0, by: -1) {
        #expect(try container.decode(Int.self, forKey: AnyKey(stringValue: "\(number)")) == number)
      }
      #expect(!container.contains(AnyKey(stringValue: "x")))
    }
  }
  let map = Dictionary(uniqueKeysWithValues: (0..<10_000).map { ("\($0)", $0) })
  let bytes = try CBOREncoder(options: CBOROptions(isDeterministic: true)).encode(map)
  _ = try CBORDecoder().decode(Backwards.self, from: bytes)
}
