/// Reads the entries of a map by key.
///
/// It is a plain word, so that the standard library copies it without counting references.
@safe
struct KeyedReading<Key: CodingKey>: KeyedDecodingContainerProtocol {
  /// `ContainerBoxes` keeps the map for as long as there is a copy of this.
  private let map: Unmanaged<MapCursor>

  init(map: MapCursor) { unsafe self.map = .passUnretained(map) }

  @inline(__always)
  private func withMap<Result>(_ body: (MapCursor, CBORReader) throws -> Result) throws -> Result {
    try unsafe map._withUnsafeGuaranteedRef { map in
      try map.withReader { try body(map, $0) }
    }
  }

  var codingPath: [any CodingKey] { (try? withMap { map, _ in map.codingPath }) ?? [] }

  var allKeys: [Key] {
    guard let keys = try? withMap({ try $0.keys($1) }) else { return [] }
    return keys.compactMap { key in
      key.number.flatMap { Key(intValue: $0) } ?? Key(stringValue: key.text)
    }
  }

  func contains(_ key: Key) -> Bool {
    (try? withMap { try $0.find(key, $1) != nil }) ?? false
  }

  func decodeNil(forKey key: Key) throws -> Bool {
    try withMap { map, reader in
      let value = try required(key, map, reader)
      guard try reader.isNull(at: value) else { return false }
      map.take(value)
      map.advance(reader, to: reader.next)
      return true
    }
  }

  /// The offset of the value for `key`.
  @inline(__always)
  private func required(
    _ key: some CodingKey, _ map: MapCursor, _ reader: CBORReader
  ) throws -> Int {
    guard let value = try map.find(key, reader) else {
      throw DecodingError.keyNotFound(
        key, .init(codingPath: map.codingPath, debugDescription: "no entry has this key"))
    }
    return value
  }

  /// Reads the value for `key`, from the offset and the number of containers around it.
  @inline(__always)
  private func read<T>(_ key: Key, _ body: (CBORReader, Int, Int) throws -> T) throws -> T {
    try withMap { map, reader in
      let value = try required(key, map, reader)
      map.take(value)
      let result = try body(reader, value, map.depth &+ 1)
      map.advance(reader, to: reader.next)
      return result
    }
  }

  @inline(__always)
  func readIfPresent<T>(
    _ key: Key, _ body: (CBORReader, Int, Int) throws -> T
  ) throws -> T? {
    try withMap { map, reader in
      guard let value = try map.find(key, reader) else { return nil }
      map.take(value)
      let result = try reader.isNull(at: value) ? nil : body(reader, value, map.depth &+ 1)
      map.advance(reader, to: reader.next)
      return result
    }
  }

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
    try read(key) { reader, value, _ in try reader.bool(at: value) }
  }
  func decode(_ type: String.Type, forKey key: Key) throws -> String {
    try read(key) { reader, value, _ in try reader.text(at: value) }
  }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
    try read(key) { reader, value, _ in try reader.double(at: value) }
  }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
    try read(key) { reader, value, _ in try reader.float(at: value) }
  }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
    try read(key) { reader, value, _ in try reader.integer(Int.self, at: value) }
  }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 {
    try read(key) { reader, value, _ in try reader.integer(Int8.self, at: value) }
  }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 {
    try read(key) { reader, value, _ in try reader.integer(Int16.self, at: value) }
  }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 {
    try read(key) { reader, value, _ in try reader.integer(Int32.self, at: value) }
  }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
    try read(key) { reader, value, _ in try reader.integer(Int64.self, at: value) }
  }
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 {
    try read(key) { reader, value, _ in try reader.integer(Int128.self, at: value) }
  }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt {
    try read(key) { reader, value, _ in try reader.integer(UInt.self, at: value) }
  }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 {
    try read(key) { reader, value, _ in try reader.integer(UInt8.self, at: value) }
  }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 {
    try read(key) { reader, value, _ in try reader.integer(UInt16.self, at: value) }
  }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 {
    try read(key) { reader, value, _ in try reader.integer(UInt32.self, at: value) }
  }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
    try read(key) { reader, value, _ in try reader.integer(UInt64.self, at: value) }
  }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 {
    try read(key) { reader, value, _ in try reader.integer(UInt128.self, at: value) }
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try read(key) { try $0.readPlanned(type, at: $1, depth: $2) }
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
    try withMap { map, reader in
      let value = try required(key, map, reader)
      map.take(value)
      return ValueReading(reader, at: value, depth: map.depth + 1)
    }
  }
}
