/// How values of one type are written.
class AnyWritingPlan {}

class WritingPlan<Value>: AnyWritingPlan {
  /// Writes `value` at the end, where `frame`, the top, expects it.
  func write(_ value: Value, to writer: CBORWriter, in frame: Int) throws {
    fatalError("a plan overrides this")
  }
}

/// A type that is not written by its `encode(to:)`.
protocol PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan
}

/// Has the value encode itself.
final class EncodableWriting<Value: Encodable>: WritingPlan<Value> {
  override func write(_ value: Value, to writer: CBORWriter, in frame: Int) throws {
    let slot = try writer.pushSlot(in: frame)
    try value.encode(to: ValueWriting(writer: writer, frame: slot, serial: writer[slot].serial))
    writer.close(slot)
    if let failure = writer.failure { throw failure }
  }
}

extension Plans<AnyWritingPlan> {
  convenience init() { self.init(EncodableWriting<Bool>()) }

  func plan<Value: Encodable>(for type: Value.Type) -> WritingPlan<Value> {
    withPlan(for: type) { $0 }
  }

  /// Calls `body` with the plan; no reference is counted.
  @inline(__always)
  func withPlan<Value: Encodable, Result>(
    for type: Value.Type, _ body: (WritingPlan<Value>) throws -> Result
  ) rethrows -> Result {
    try withPlan(
      for: type,
      or: {
        if let planned = type as? any PlannedWriting.Type { return planned.makeWritingPlan() }
        return EncodableWriting<Value>()
      }
    ) { try unsafe body(unsafeDowncast($0, to: WritingPlan<Value>.self)) }
  }
}

extension CBORWriter {
  /// Writes `value` at the end, where `frame`, the top, expects it, as values of its type are.
  @inline(__always)
  func writePlanned<Value: Encodable>(_ value: Value, in frame: Int) throws {
    try plans.withPlan(for: Value.self) { try $0.write(value, to: self, in: frame) }
  }
}
