final class OptionalWriting<Wrapped: Encodable>: WritingPlan<Wrapped?> {
  override func write(_ value: Wrapped?, to writer: CBORWriter, in frame: Int) throws {
    guard let value else { return writer.writeNull() }
    try writer.writePlanned(value, in: frame)
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
    let plan = writer.plans.plan(for: Value.self)
    for (key, value) in value {
      writer[own].key = writer.count
      writer.writeText(key)
      try plan.write(value, to: writer, in: own)
    }
    writer.close(own)
  }
}

extension Optional: PlannedWriting where Wrapped: Encodable {
  static func makeWritingPlan() -> AnyWritingPlan { OptionalWriting<Wrapped>() }
}

extension Array: PlannedWriting where Element: Encodable {
  static func makeWritingPlan() -> AnyWritingPlan {
    flatArrayPlan(Element.self) ?? ArrayWriting<Element>()
  }
}

extension Dictionary: PlannedWriting where Key: Encodable, Value: Encodable {
  static func makeWritingPlan() -> AnyWritingPlan {
    if Key.self != String.self { return DictionaryWriting<Key, Value>() }
    return flatDictionaryPlan(Value.self) ?? TextDictionaryWriting<Value>()
  }
}
