final class OptionalWriting<Wrapped: Encodable>: WritingPlan<Wrapped?> {
  override func write(_ value: Wrapped?, to writer: CBORWriter, in frame: Int) throws {
    guard let value else { return writer.writeNull() }
    try writer.plans.plan(for: Wrapped.self).write(value, to: writer, in: frame)
  }
}

final class ByteStringWriting: WritingPlan<[UInt8]> {
  override func write(_ value: [UInt8], to writer: CBORWriter, in frame: Int) {
    unsafe value.withUnsafeBytes { unsafe writer.writeBytes($0) }
  }
}

final class IntegerArrayWriting<Element: FixedWidthInteger>: WritingPlan<[Element]> {
  override func write(_ value: [Element], to writer: CBORWriter, in frame: Int) throws {
    try writer.openFlatArray(value.count, in: frame)
    for element in value { writer.putInteger(element) }
  }
}

final class DoubleArrayWriting: WritingPlan<[Double]> {
  override func write(_ value: [Double], to writer: CBORWriter, in frame: Int) throws {
    try writer.openFlatArray(value.count, in: frame)
    for element in value { writer.putDouble(element) }
  }
}

final class FloatArrayWriting: WritingPlan<[Float]> {
  override func write(_ value: [Float], to writer: CBORWriter, in frame: Int) throws {
    try writer.openFlatArray(value.count, in: frame)
    for element in value { writer.putFloat(element) }
  }
}

final class ArrayWriting<Element: Encodable>: WritingPlan<[Element]> {
  override func write(_ value: [Element], to writer: CBORWriter, in frame: Int) throws {
    let own = try writer.pushSlot(in: frame)
    try writer.open(own, Major.array, counted: value.count)
    let plan = writer.plans.plan(for: Element.self)
    var index = -1
    for element in value {
      writer[own].key = index
      index -= 1
      try plan.write(element, to: writer, in: own)
    }
    writer.close(own)
  }
}

/// Dictionaries are maps whose keys are data items of their own kind: texts, integers, or whatever
/// the key's type is encoded as.
final class DictionaryWriting<Key: Encodable & Hashable, Value: Encodable>: WritingPlan<
  [Key: Value]
>
{
  override func write(_ value: [Key: Value], to writer: CBORWriter, in frame: Int) throws {
    let own = try writer.pushSlot(in: frame)
    try writer.open(own, Major.map, counted: value.count)
    let keyPlan = writer.plans.plan(for: Key.self)
    let valuePlan = writer.plans.plan(for: Value.self)
    for (key, value) in value {
      writer[own].key = writer.count
      try keyPlan.write(key, to: writer, in: own)
      try valuePlan.write(value, to: writer, in: own)
    }
    writer.close(own)
  }
}

/// Dictionaries with text keys, without a call for each key.
final class TextDictionaryWriting<Value: Encodable>: WritingPlan<[String: Value]> {
  override func write(_ value: [String: Value], to writer: CBORWriter, in frame: Int) throws {
    let own = try writer.pushSlot(in: frame)
    try writer.open(own, Major.map, counted: value.count)
    if Value.self == Int.self, let value = value as? [String: Int] {
      for (key, value) in value {
        writer.writeText(key)
        writer.writeInteger(value)
      }
    } else {
      let plan = writer.plans.plan(for: Value.self)
      for (key, value) in value {
        writer[own].key = writer.count
        writer.writeText(key)
        try plan.write(value, to: writer, in: own)
      }
    }
    writer.close(own)
  }
}

extension Optional: PlannedWriting where Wrapped: Encodable {
  static func makeWritingPlan() -> AnyWritingPlan { OptionalWriting<Wrapped>() }
}

extension Array: PlannedWriting where Element: Encodable {
  static func makeWritingPlan() -> AnyWritingPlan {
    switch Element.self {
    case is UInt8.Type: ByteStringWriting()
    case is Int.Type: IntegerArrayWriting<Int>()
    case is Int32.Type: IntegerArrayWriting<Int32>()
    case is Int64.Type: IntegerArrayWriting<Int64>()
    case is UInt32.Type: IntegerArrayWriting<UInt32>()
    case is UInt64.Type: IntegerArrayWriting<UInt64>()
    case is Double.Type: DoubleArrayWriting()
    case is Float.Type: FloatArrayWriting()
    default: ArrayWriting<Element>()
    }
  }
}

extension Dictionary: PlannedWriting where Key: Encodable, Value: Encodable {
  static func makeWritingPlan() -> AnyWritingPlan {
    Key.self == String.self
      ? TextDictionaryWriting<Value>() : DictionaryWriting<Key, Value>()
  }
}
