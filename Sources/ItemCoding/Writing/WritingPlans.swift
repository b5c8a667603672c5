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

/// The plans of a writer, by type.
@safe
final class WritingPlans {
  private var all: [ObjectIdentifier: AnyWritingPlan] = [:]
  /// A cache in front, indexed by the address of the type's metadata.
  private let recent: UnsafeMutablePointer<Recent>

  @unsafe private struct Recent {
    var type: ObjectIdentifier
    /// Kept alive by `all`.
    let plan: Unmanaged<AnyWritingPlan>
  }

  init() {
    let nothing = EncodableWriting<Bool>()
    all[ObjectIdentifier(WritingPlans.self)] = nothing
    unsafe recent = UnsafeMutablePointer<Recent>.allocate(capacity: 64)
    unsafe recent.initialize(
      repeating: Recent(
        type: ObjectIdentifier(WritingPlans.self), plan: .passUnretained(nothing)), count: 64)
  }

  deinit { unsafe recent.deallocate() }

  func plan<Value: Encodable>(for type: Value.Type) -> WritingPlan<Value> {
    withPlan(for: type) { $0 }
  }

  /// Calls `body` with the plan; no reference is counted.
  @inline(__always)
  func withPlan<Value: Encodable, Result>(
    for type: Value.Type, _ body: (WritingPlan<Value>) throws -> Result
  ) rethrows -> Result {
    let identity = ObjectIdentifier(type)
    let address = UInt(bitPattern: identity)
    let place = unsafe recent + Int(((address >> 4) ^ (address >> 10)) & 63)
    if unsafe place.pointee.type != identity {
      unsafe place.pointee = Recent(
        type: identity, plan: .passUnretained(findPlan(for: type)))
    }
    return try unsafe place.pointee.plan._withUnsafeGuaranteedRef {
      try unsafe body(unsafeDowncast($0, to: WritingPlan<Value>.self))
    }
  }

  @inline(never)
  private func findPlan<Value: Encodable>(for type: Value.Type) -> WritingPlan<Value> {
    let identity = ObjectIdentifier(type)
    if let known = all[identity] {
      return unsafe unsafeDowncast(known, to: WritingPlan<Value>.self)
    }
    var plan: AnyWritingPlan = EncodableWriting<Value>()
    if let planned = type as? any PlannedWriting.Type { plan = planned.makeWritingPlan() }
    all[identity] = plan
    return unsafe unsafeDowncast(plan, to: WritingPlan<Value>.self)
  }
}

extension CBORWriter {
  /// Writes `value` at the end, where `frame`, the top, expects it, as values of its type are.
  @inline(__always)
  func writePlanned<Value: Encodable>(_ value: Value, in frame: Int) throws {
    try plans.withPlan(for: Value.self) { try $0.write(value, to: self, in: frame) }
  }
}
