import ItemCoding
import Testing

struct Point: Codable, BitwiseCopyable, Equatable {
  var x: Int32, y: Double
}

final class Carrier<Item> {
  let name: String
  private let carry: (Item) throws -> Item

  init(codec: some ItemCodec<Item>) {
    name = codec.name
    carry = { item in
      var buffer = EncodingBuffer(minimumCapacity: 1)
      try codec.encode(item, into: &buffer)
      return try unsafe buffer.withUnsafeBytes { try unsafe codec.decode($0.bytes) }
    }
  }

  func carry(_ item: Item) throws -> Item { try carry(item) }
}

@Test func `each codec is named by a dot where a codec of the item is expected`() throws {
  let point = Point(x: -3, y: 0.1)
  let raw = Carrier<Point>(codec: .raw())
  #expect(try raw.carry(point) == point)
  #expect(raw.name == "raw16")
  let json = Carrier<Point>(codec: .json())
  #expect(try json.carry(point) == point)
  #expect(json.name == "json")
  let cbor = Carrier<Point>(codec: .cbor())
  #expect(try cbor.carry(point) == point)
  #expect(cbor.name == "cbor")
  #expect(try Carrier<Point>(codec: .cbor(.init(isDeterministic: true))).carry(point) == point)
}

@Test func `raw bytes of another size are refused`() throws {
  let bytes: [UInt8] = [1, 2, 3]
  #expect(throws: DecodingError.self) {
    try unsafe RawCodec<Int32>().decode(bytes.span.bytes)
  }
  let five: [UInt8] = [5, 0, 0, 0]
  #expect(try unsafe RawCodec<Int32>().decode(five.span.bytes) == 5)
}

@Test func `only the fixed-width numbers are raw scalars`() {
  #expect(isRawScalar(Int.self) && isRawScalar(UInt8.self) && isRawScalar(Double.self))
  #expect(isRawScalar(Int128.self) && isRawScalar(Float16.self) && isRawScalar(Float.self))
  #expect(!isRawScalar(Bool.self) && !isRawScalar(String.self) && !isRawScalar(Point.self))
  #expect(!isRawScalar(Int?.self))
}

@Test func `a buffer grows and keeps what was appended`() {
  var buffer = EncodingBuffer(minimumCapacity: 1)
  for number in 0..<100 { buffer.append(UInt8(number)) }
  buffer.append(bytesOf: UInt16(0x0201))
  #expect(unsafe buffer.withUnsafeBytes { unsafe Array($0) } == Array(0..<100) + [1, 2])
  let capacity = buffer.capacity
  buffer.removeAll()
  #expect(buffer.count == 0)
  #expect(buffer.capacity == capacity)
}

@Test(.timeLimit(.minutes(10)))
func `a codec is used by many threads at once`() async throws {
  let codec = CBORCodec<Everything>()
  try await withThrowingTaskGroup(of: Void.self) { group in
    for number in 0..<8 {
      group.addTask {
        for round in 0..<50 {
          var item = Everything()
          item.place.visits = number * round
          var buffer = EncodingBuffer()
          try codec.encode(item, into: &buffer)
          #expect(try unsafe buffer.withUnsafeBytes { try unsafe codec.decode($0.bytes) } == item)
        }
      }
    }
    try await group.waitForAll()
  }
}
