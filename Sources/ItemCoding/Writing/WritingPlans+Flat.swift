/// Writes arrays and dictionaries of plain values, by a closure that knows their type: the loop
/// inside is specialised.
final class FlatWriting<Value>: WritingPlan<Value> {
  private let body: (Value, CBORWriter, Int) throws -> Void
  init(_ body: @escaping (Value, CBORWriter, Int) throws -> Void) { self.body = body }

  override func write(_ value: Value, to writer: CBORWriter, in frame: Int) throws {
    try body(value, writer, frame)
  }
}

/// The plan for an array of `element`, if that is a plain number; bytes are a byte string.
func flatArrayPlan(_ element: Any.Type) -> AnyWritingPlan? {
  switch element {
  case is UInt8.Type:
    FlatWriting<[UInt8]> { value, writer, _ in
      unsafe value.withUnsafeBytes { unsafe writer.writeBytes($0) }
    }
  case is Int.Type: FlatWriting<[Int]> { try $1.writeIntegers($0, in: $2) }
  case is Int32.Type: FlatWriting<[Int32]> { try $1.writeIntegers($0, in: $2) }
  case is Int64.Type: FlatWriting<[Int64]> { try $1.writeIntegers($0, in: $2) }
  case is UInt32.Type: FlatWriting<[UInt32]> { try $1.writeIntegers($0, in: $2) }
  case is UInt64.Type: FlatWriting<[UInt64]> { try $1.writeIntegers($0, in: $2) }
  case is Double.Type:
    FlatWriting<[Double]> { value, writer, frame in
      try writer.openFlat(Major.array, value.count, in: frame)
      writer.reserve(9 * value.count)
      for element in value { writer.putDouble(element) }
    }
  case is Float.Type:
    FlatWriting<[Float]> { value, writer, frame in
      try writer.openFlat(Major.array, value.count, in: frame)
      writer.reserve(9 * value.count)
      for element in value { writer.putFloat(element) }
    }
  case is String.Type:
    FlatWriting<[String]> { value, writer, frame in
      try writer.openFlat(Major.array, value.count, in: frame)
      for element in value { writer.writeText(element) }
    }
  default: nil
  }
}

/// The plan for a dictionary of texts to `value`, if that is a plain value.
func flatDictionaryPlan(_ value: Any.Type) -> AnyWritingPlan? {
  switch value {
  case is Int.Type:
    FlatWriting<[String: Int]> { value, writer, frame in
      try writer.openFlat(Major.map, value.count, in: frame)
      for (key, value) in value {
        writer.writeText(key)
        writer.writeInteger(value)
      }
    }
  case is Double.Type:
    FlatWriting<[String: Double]> { value, writer, frame in
      try writer.openFlat(Major.map, value.count, in: frame)
      for (key, value) in value {
        writer.writeText(key)
        writer.writeDouble(value)
      }
    }
  case is String.Type:
    FlatWriting<[String: String]> { value, writer, frame in
      try writer.openFlat(Major.map, value.count, in: frame)
      for (key, value) in value {
        writer.writeText(key)
        writer.writeText(value)
      }
    }
  default: nil
  }
}

extension CBORWriter {
  /// Writes the head of an array or a map of `count` plain values.
  func openFlat(_ major: UInt8, _ count: Int, in frame: Int) throws {
    guard self[frame].depth < options.nestingLimit else { throw nestingError(at: frame) }
    writeHead(major, UInt64(count))
  }

  @inline(__always)
  fileprivate func writeIntegers<Value: FixedWidthInteger>(_ value: [Value], in frame: Int) throws {
    try openFlat(Major.array, value.count, in: frame)
    reserve(9 * value.count)
    for element in value { putInteger(element) }
  }
}
