/// The encoder that a value is given: one slot for one value.
struct ValueWriting: Encoder {
  let writer: CBORWriter
  let frame: Int
  let serial: Int

  var codingPath: [any CodingKey] { writer.codingPath(to: frame, current: false) }
  var userInfo: [CodingUserInfoKey: Any] { writer.userInfo }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    become(.map)
    return writer.container(type, frame, serial)
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    become(.array)
    return UnkeyedWriting(writer: writer, frame: frame, serial: serial)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  /// Makes the slot a container, unless it is one of that kind already, as it is when a class and
  /// its superclass use the same encoder.
  private func become(_ kind: WritingFrame.Kind) {
    do {
      try writer.enter(frame, serial)
    } catch {
      return writer.fail(error)
    }
    switch writer[frame].kind {
    case .slot: writer.open(frame, as: kind)
    case kind: break
    default: writer.fail(writer.secondValueError(at: frame))
    }
  }
}

extension ValueWriting: SingleValueEncodingContainer {
  @inline(__always)
  private func write(_ body: (CBORWriter) -> Void) throws {
    try begin()
    body(writer)
  }

  @inline(__always)
  private func begin() throws {
    try writer.enter(frame, serial)
    guard writer[frame].kind == .slot else { throw writer.secondValueError(at: frame) }
    writer[frame].kind = .single
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
    try begin()
    let start = writer.count
    do {
      try writer.writePlanned(value, in: frame)
    } catch {
      writer.undo(in: frame, from: start)
      if writer.failure == nil { writer[frame].kind = .slot }
      throw error
    }
  }
}
