/// Reads the elements of an array.
struct UnkeyedReading: UnkeyedDecodingContainer {
  let array: ArrayCursor

  var codingPath: [any CodingKey] { array.codingPath }
  /// The number of elements, unless the array's length is indefinite.
  var count: Int? { array.count < 0 ? nil : array.count }
  var currentIndex: Int { array.unresolved < 0 ? array.index : array.index + 1 }
  var isAtEnd: Bool {
    guard let reader = try? array.reader(), (try? array.resolve(reader)) != nil else { return true }
    return array.isAtEnd(reader)
  }

  func decodeNil() throws -> Bool {
    let reader = try array.reader()
    guard try reader.isNull(at: array.peek(reader)) else { return false }
    array.taken(reader)
    return true
  }

  /// Reads the element; after an error, the same one is next again.
  @inline(__always)
  private func read<T>(_ body: (CBORReader, Int) throws -> T) throws -> T {
    try array.withReader { reader in
      let value = try body(reader, array.peek(reader, T.self))
      array.taken(reader)
      return value
    }
  }

  func decode(_ type: Bool.Type) throws -> Bool { try read { try $0.bool(at: $1) } }
  func decode(_ type: String.Type) throws -> String { try read { try $0.text(at: $1) } }
  func decode(_ type: Double.Type) throws -> Double { try read { try $0.double(at: $1) } }
  func decode(_ type: Float.Type) throws -> Float { try read { try $0.float(at: $1) } }
  func decode(_ type: Int.Type) throws -> Int { try read { try $0.integer(Int.self, at: $1) } }
  func decode(_ type: Int8.Type) throws -> Int8 { try read { try $0.integer(Int8.self, at: $1) } }
  func decode(_ type: Int16.Type) throws -> Int16 {
    try read { try $0.integer(Int16.self, at: $1) }
  }
  func decode(_ type: Int32.Type) throws -> Int32 {
    try read { try $0.integer(Int32.self, at: $1) }
  }
  func decode(_ type: Int64.Type) throws -> Int64 {
    try read { try $0.integer(Int64.self, at: $1) }
  }
  func decode(_ type: Int128.Type) throws -> Int128 {
    try read { try $0.integer(Int128.self, at: $1) }
  }
  func decode(_ type: UInt.Type) throws -> UInt { try read { try $0.integer(UInt.self, at: $1) } }
  func decode(_ type: UInt8.Type) throws -> UInt8 {
    try read { try $0.integer(UInt8.self, at: $1) }
  }
  func decode(_ type: UInt16.Type) throws -> UInt16 {
    try read { try $0.integer(UInt16.self, at: $1) }
  }
  func decode(_ type: UInt32.Type) throws -> UInt32 {
    try read { try $0.integer(UInt32.self, at: $1) }
  }
  func decode(_ type: UInt64.Type) throws -> UInt64 {
    try read { try $0.integer(UInt64.self, at: $1) }
  }
  func decode(_ type: UInt128.Type) throws -> UInt128 {
    try read { try $0.integer(UInt128.self, at: $1) }
  }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try read { try $0.readPlanned(type, at: $1, depth: array.depth + 1) }
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try nested().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try nested().unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { try nested() }

  private func nested() throws -> ValueReading {
    let reader = try array.reader()
    return ValueReading(reader, at: try array.element(reader), depth: array.depth + 1)
  }
}
