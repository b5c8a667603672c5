/// Writes the entries of a map with text keys.
///
/// It is a plain word, so that the standard library copies it without counting references.
@safe
struct KeyedWriting<Key: CodingKey>: KeyedEncodingContainerProtocol {
  /// `ContainerBoxes` keeps the lease for as long as there is a copy of this.
  private let lease: Unmanaged<WritingLease>

  init(lease: WritingLease) { unsafe self.lease = .passUnretained(lease) }

  var codingPath: [any CodingKey] {
    unsafe lease._withUnsafeGuaranteedRef { lease in
      lease.writerIfValid?.codingPath(to: lease.frame, current: false) ?? []
    }
  }

  /// Writes an entry of the map `frame`, whose value `body` writes.
  @inline(__always)
  private func write(
    _ key: some CodingKey, _ body: (CBORWriter, _ frame: Int) throws -> Void
  ) throws {
    try unsafe lease._withUnsafeGuaranteedRef { lease in
      try lease.enter { writer in
        writer.beginEntry(of: lease.frame, key.stringValue)
        try body(writer, lease.frame)
      }
    }
  }

  func encodeNil(forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeNull() }
  }
  func encode(_ value: Bool, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeBool(value) }
  }
  func encode(_ value: String, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeText(value) }
  }
  func encode(_ value: Double, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeDouble(value) }
  }
  func encode(_ value: Float, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeFloat(value) }
  }
  func encode(_ value: Int, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeInteger(value) }
  }
  func encode(_ value: Int8, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeInteger(value) }
  }
  func encode(_ value: Int16, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeInteger(value) }
  }
  func encode(_ value: Int32, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeInteger(value) }
  }
  func encode(_ value: Int64, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeInteger(value) }
  }
  func encode(_ value: Int128, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeWide(value) }
  }
  func encode(_ value: UInt, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeInteger(value) }
  }
  func encode(_ value: UInt8, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeInteger(value) }
  }
  func encode(_ value: UInt16, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeInteger(value) }
  }
  func encode(_ value: UInt32, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeInteger(value) }
  }
  func encode(_ value: UInt64, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeInteger(value) }
  }
  func encode(_ value: UInt128, forKey key: Key) throws {
    try write(key) { writer, _ in writer.writeWide(value) }
  }

  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    try write(key) { writer, frame in
      let start = writer[frame].key
      do {
        try writer.writePlanned(value, in: frame)
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
    unsafe lease._withUnsafeGuaranteedRef { lease in
      guard let writer = lease.writerIfValid else { return .refused() }
      return writer.nested(in: lease.frame) { try write(key) { _, _ in } }
    }
  }
}
