/// Writes the entries of a map with text keys.
struct KeyedWriting<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let lease: WritingLease

  var codingPath: [any CodingKey] {
    lease.writerIfValid?.codingPath(to: lease.frame, current: false) ?? []
  }

  /// Writes an entry, whose value `body` writes.
  @inline(__always)
  private func write(_ key: some CodingKey, _ body: (CBORWriter) throws -> Void) throws {
    try lease.enter { writer in
      writer.beginEntry(of: lease.frame, key.stringValue)
      try body(writer)
    }
  }

  func encodeNil(forKey key: Key) throws {
    try write(key) { $0.writeNull() }
  }
  func encode(_ value: Bool, forKey key: Key) throws {
    try write(key) { $0.writeBool(value) }
  }
  func encode(_ value: String, forKey key: Key) throws {
    try write(key) { $0.writeText(value) }
  }
  func encode(_ value: Double, forKey key: Key) throws {
    try write(key) { $0.writeDouble(value) }
  }
  func encode(_ value: Float, forKey key: Key) throws {
    try write(key) { $0.writeFloat(value) }
  }
  func encode(_ value: Int, forKey key: Key) throws {
    try write(key) { $0.writeInteger(value) }
  }
  func encode(_ value: Int8, forKey key: Key) throws {
    try write(key) { $0.writeInteger(value) }
  }
  func encode(_ value: Int16, forKey key: Key) throws {
    try write(key) { $0.writeInteger(value) }
  }
  func encode(_ value: Int32, forKey key: Key) throws {
    try write(key) { $0.writeInteger(value) }
  }
  func encode(_ value: Int64, forKey key: Key) throws {
    try write(key) { $0.writeInteger(value) }
  }
  func encode(_ value: Int128, forKey key: Key) throws {
    try write(key) { $0.writeWide(value) }
  }
  func encode(_ value: UInt, forKey key: Key) throws {
    try write(key) { $0.writeInteger(value) }
  }
  func encode(_ value: UInt8, forKey key: Key) throws {
    try write(key) { $0.writeInteger(value) }
  }
  func encode(_ value: UInt16, forKey key: Key) throws {
    try write(key) { $0.writeInteger(value) }
  }
  func encode(_ value: UInt32, forKey key: Key) throws {
    try write(key) { $0.writeInteger(value) }
  }
  func encode(_ value: UInt64, forKey key: Key) throws {
    try write(key) { $0.writeInteger(value) }
  }
  func encode(_ value: UInt128, forKey key: Key) throws {
    try write(key) { $0.writeWide(value) }
  }

  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    try write(key) { writer in
      let frame = lease.frame
      let start = writer[frame].key
      do {
        try writer.plans.plan(for: T.self).write(value, to: writer, in: frame)
      } catch {
        writer.undoEntry(of: frame, from: start)
        throw error
      }
    }
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy keyType: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    nested(key).container(keyedBy: keyType)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    nested(key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { nested(CBORKey.super) }
  func superEncoder(forKey key: Key) -> any Encoder { nested(key) }

  private func nested(_ key: some CodingKey) -> ValueWriting {
    guard let writer = lease.writerIfValid else { return .refused() }
    return writer.nested(in: lease.frame) { try write(key) { _ in } }
  }
}
