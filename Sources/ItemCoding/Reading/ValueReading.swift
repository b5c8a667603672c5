/// The decoder that a value is given: the offset where it lies.
struct ValueReading: Decoder {
  let reader: CBORReader
  let offset: Int
  private let depth: Int32
  private let session: UInt32

  init(_ reader: CBORReader, at offset: Int, depth: Int) {
    self.reader = reader
    self.offset = offset
    self.depth = Int32(truncatingIfNeeded: depth)
    session = reader.session
  }

  var codingPath: [any CodingKey] {
    session == reader.session ? reader.codingPath(Int(depth)) : []
  }
  var userInfo: [CodingUserInfoKey: Any] { reader.userInfo }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    try check()
    return try reader.container(type, at: offset, depth: Int(depth))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try check()
    return UnkeyedReading(
      array: try reader.array(at: offset, depth: Int(depth)))
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { self }

  @inline(__always)
  private func check() throws {
    guard session == reader.session else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: [], debugDescription: "a decoder was used after the item it was made for"))
    }
    reader.depth = Int(depth)
  }
}

extension ValueReading: SingleValueDecodingContainer {
  @inline(__always)
  private func read<T>(_ body: (Int) throws -> T) throws -> T {
    try check()
    let value = try body(offset)
    reader.readWhole(offset)
    return value
  }

  func decodeNil() -> Bool {
    guard (try? check()) != nil, (try? reader.isNull(at: offset)) == true else { return false }
    reader.readWhole(offset)
    return true
  }
  func decode(_ type: Bool.Type) throws -> Bool { try read { try reader.bool(at: $0) } }
  func decode(_ type: String.Type) throws -> String { try read { try reader.text(at: $0) } }
  func decode(_ type: Double.Type) throws -> Double { try read { try reader.double(at: $0) } }
  func decode(_ type: Float.Type) throws -> Float { try read { try reader.float(at: $0) } }
  func decode(_ type: Int.Type) throws -> Int { try read { try reader.integer(Int.self, at: $0) } }
  func decode(_ type: Int8.Type) throws -> Int8 {
    try read { try reader.integer(Int8.self, at: $0) }
  }
  func decode(_ type: Int16.Type) throws -> Int16 {
    try read { try reader.integer(Int16.self, at: $0) }
  }
  func decode(_ type: Int32.Type) throws -> Int32 {
    try read { try reader.integer(Int32.self, at: $0) }
  }
  func decode(_ type: Int64.Type) throws -> Int64 {
    try read { try reader.integer(Int64.self, at: $0) }
  }
  func decode(_ type: Int128.Type) throws -> Int128 {
    try read { try reader.integer(Int128.self, at: $0) }
  }
  func decode(_ type: UInt.Type) throws -> UInt {
    try read { try reader.integer(UInt.self, at: $0) }
  }
  func decode(_ type: UInt8.Type) throws -> UInt8 {
    try read { try reader.integer(UInt8.self, at: $0) }
  }
  func decode(_ type: UInt16.Type) throws -> UInt16 {
    try read { try reader.integer(UInt16.self, at: $0) }
  }
  func decode(_ type: UInt32.Type) throws -> UInt32 {
    try read { try reader.integer(UInt32.self, at: $0) }
  }
  func decode(_ type: UInt64.Type) throws -> UInt64 {
    try read { try reader.integer(UInt64.self, at: $0) }
  }
  func decode(_ type: UInt128.Type) throws -> UInt128 {
    try read { try reader.integer(UInt128.self, at: $0) }
  }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try read { try reader.readPlanned(type, at: $0, depth: Int(depth)) }
  }
}
