/// Reads the entries of a map by key.
struct KeyedReading<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let map: MapCursor

  var codingPath: [any CodingKey] { map.codingPath }

  var allKeys: [Key] {
    guard let reader = try? map.reader(), let keys = try? map.keys(reader) else { return [] }
    return keys.compactMap { key in
      key.number.flatMap { Key(intValue: $0) } ?? Key(stringValue: key.text)
    }
  }

  func contains(_ key: Key) -> Bool {
    guard let reader = try? map.reader() else { return false }
    return (try? map.find(key, reader)).flatMap { $0 } != nil
  }

  func decodeNil(forKey key: Key) throws -> Bool {
    let reader = try map.reader()
    let value = try required(key, reader)
    guard try reader.isNull(at: value) else { return false }
    map.take(value)
    map.advance(reader, to: reader.next)
    return true
  }

  /// The offset of the value for `key`.
  @inline(__always)
  private func required(_ key: some CodingKey, _ reader: CBORReader) throws -> Int {
    guard let value = try map.find(key, reader) else {
      throw DecodingError.keyNotFound(
        key, .init(codingPath: map.codingPath, debugDescription: "no entry has this key"))
    }
    return value
  }

  @inline(__always)
  private func read<T>(
    _ key: Key, _ body: (CBORReader, Int) throws -> T
  ) throws -> T {
    try map.withReader { reader in
      let value = try required(key, reader)
      map.take(value)
      let result = try body(reader, value)
      map.advance(reader, to: reader.next)
      return result
    }
  }

  @inline(__always)
  func readIfPresent<T>(
    _ key: Key, _ body: (CBORReader, Int) throws -> T
  ) throws -> T? {
    try map.withReader { reader in
      guard let value = try map.find(key, reader) else { return nil }
      map.take(value)
      let result = try reader.isNull(at: value) ? nil : body(reader, value)
      map.advance(reader, to: reader.next)
      return result
    }
  }

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
    try read(key) { try $0.bool(at: $1) }
  }
  func decode(_ type: String.Type, forKey key: Key) throws -> String {
    try read(key) { try $0.text(at: $1) }
  }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
    try read(key) { try $0.double(at: $1) }
  }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
    try read(key) { try $0.float(at: $1) }
  }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
    try read(key) { try $0.integer(Int.self, at: $1) }
  }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 {
    try read(key) { try $0.integer(Int8.self, at: $1) }
  }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 {
    try read(key) { try $0.integer(Int16.self, at: $1) }
  }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 {
    try read(key) { try $0.integer(Int32.self, at: $1) }
  }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
    try read(key) { try $0.integer(Int64.self, at: $1) }
  }
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 {
    try read(key) { try $0.integer(Int128.self, at: $1) }
  }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt {
    try read(key) { try $0.integer(UInt.self, at: $1) }
  }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 {
    try read(key) { try $0.integer(UInt8.self, at: $1) }
  }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 {
    try read(key) { try $0.integer(UInt16.self, at: $1) }
  }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 {
    try read(key) { try $0.integer(UInt32.self, at: $1) }
  }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
    try read(key) { try $0.integer(UInt64.self, at: $1) }
  }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 {
    try read(key) { try $0.integer(UInt128.self, at: $1) }
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try read(key) { try $0.plans.plan(for: type).read($0, at: $1, depth: map.depth + 1) }
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try nested(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try nested(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { try nested(CBORKey.super) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try nested(key) }

  private func nested(_ key: some CodingKey) throws -> ValueReading {
    let reader = try map.reader()
    let value = try required(key, reader)
    map.take(value)
    return ValueReading(reader, at: value, depth: map.depth + 1)
  }
}
