/// Writes the elements of an array.
struct UnkeyedWriting: UnkeyedEncodingContainer {
  let writer: CBORWriter
  let frame: Int
  let serial: Int

  var codingPath: [any CodingKey] { writer.codingPath(to: frame, current: false) }
  var count: Int {
    frame < writer.frameCount && writer[frame].serial == serial ? writer[frame].count : 0
  }

  @inline(__always)
  private func write(_ body: (CBORWriter) throws -> Void) throws {
    try writer.enter(frame, serial)
    guard writer[frame].kind == .array else { throw writer.secondValueError(at: frame) }
    writer[frame].key = -1 - writer[frame].count
    writer[frame].count += 1
    try body(writer)
  }

  func encodeNil() throws { try write { $0.writeNull() } }
  func encode(_ value: Bool) throws { try write { $0.writeBool(value) } }
  func encode(_ value: String) throws { try write { $0.writeText(value) } }
  func encode(_ value: Double) throws { try write { $0.writeDouble(value) } }
  func encode(_ value: Float) throws { try write { $0.writeFloat(value) } }
  func encode(_ value: Int) throws { try write { $0.writeInteger(value) } }
  func encode(_ value: Int8) throws { try write { $0.writeInteger(value) } }
  func encode(_ value: Int16) throws { try write { $0.writeInteger(value) } }
  func encode(_ value: Int32) throws { try write { $0.writeInteger(value) } }
  func encode(_ value: Int64) throws { try write { $0.writeInteger(value) } }
  func encode(_ value: Int128) throws { try write { $0.writeWide(value) } }
  func encode(_ value: UInt) throws { try write { $0.writeInteger(value) } }
  func encode(_ value: UInt8) throws { try write { $0.writeInteger(value) } }
  func encode(_ value: UInt16) throws { try write { $0.writeInteger(value) } }
  func encode(_ value: UInt32) throws { try write { $0.writeInteger(value) } }
  func encode(_ value: UInt64) throws { try write { $0.writeInteger(value) } }
  func encode(_ value: UInt128) throws { try write { $0.writeWide(value) } }

  func encode<T: Encodable>(_ value: T) throws {
    try write { writer in
      let start = writer.count
      do {
        try writer.writePlanned(value, in: frame)
      } catch {
        writer.undoEntry(of: frame, from: start)
        throw error
      }
    }
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy keyType: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> {
    nested().container(keyedBy: keyType)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nested().unkeyedContainer() }

  func superEncoder() -> any Encoder { nested() }

  private func nested() -> ValueWriting {
    writer.nested(in: frame) { try write { _ in } }
  }
}
