/// How values of one type are read.
class AnyReadingPlan {}

class ReadingPlan<Value>: AnyReadingPlan {
  /// The value at `offset`, around which lie `depth` containers; `reader.next` is its end.
  func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Value {
    fatalError("a plan overrides this")
  }
}

/// A type that is not read by its `init(from:)`.
protocol PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan
}

/// Has the value decode itself.
final class DecodableReading<Value: Decodable>: ReadingPlan<Value> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Value {
    // Values that hold values without being a container, endlessly, are not CBOR nesting.
    guard reader.level <= 4 * reader.options.nestingLimit + 16 else {
      throw reader.nestingError(at: offset)
    }
    reader.level += 1
    let mark = reader.boxes.usedCount
    defer {
      reader.boxes.recycle(from: mark)
      reader.level -= 1
    }
    let value = try Value(from: ValueReading(reader, at: offset, depth: depth))
    if reader.wholeStart != offset {
      try reader.boxes.forEachLease(from: mark) { try $0.finish() }
      reader.depth = depth
    }
    reader.next = try reader.end(of: offset)
    return value
  }
}

/// The plans of a reader, by type.
@safe
final class ReadingPlans {
  private var all: [ObjectIdentifier: AnyReadingPlan] = [:]
  /// A cache in front, indexed by the address of the type's metadata.
  private let recent: UnsafeMutablePointer<Recent>

  @unsafe private struct Recent {
    var type: ObjectIdentifier
    /// Kept alive by `all`.
    let plan: Unmanaged<AnyReadingPlan>
  }

  init() {
    let nothing = DecodableReading<Bool>()
    all[ObjectIdentifier(ReadingPlans.self)] = nothing
    unsafe recent = UnsafeMutablePointer<Recent>.allocate(capacity: 64)
    unsafe recent.initialize(
      repeating: Recent(
        type: ObjectIdentifier(ReadingPlans.self), plan: .passUnretained(nothing)), count: 64)
  }

  deinit { unsafe recent.deallocate() }

  func plan<Value: Decodable>(for type: Value.Type) -> ReadingPlan<Value> {
    withPlan(for: type) { $0 }
  }

  /// Calls `body` with the plan; no reference is counted.
  @inline(__always)
  func withPlan<Value: Decodable, Result>(
    for type: Value.Type, _ body: (ReadingPlan<Value>) throws -> Result
  ) rethrows -> Result {
    let identity = ObjectIdentifier(type)
    let address = UInt(bitPattern: identity)
    let place = unsafe recent + Int(((address >> 4) ^ (address >> 10)) & 63)
    if unsafe place.pointee.type != identity {
      unsafe place.pointee = Recent(
        type: identity, plan: .passUnretained(findPlan(for: type)))
    }
    return try unsafe place.pointee.plan._withUnsafeGuaranteedRef {
      try unsafe body(unsafeDowncast($0, to: ReadingPlan<Value>.self))
    }
  }

  @inline(never)
  private func findPlan<Value: Decodable>(for type: Value.Type) -> ReadingPlan<Value> {
    let identity = ObjectIdentifier(type)
    if let known = all[identity] {
      return unsafe unsafeDowncast(known, to: ReadingPlan<Value>.self)
    }
    var plan: AnyReadingPlan = DecodableReading<Value>()
    if let planned = type as? any PlannedReading.Type { plan = planned.makeReadingPlan() }
    all[identity] = plan
    return unsafe unsafeDowncast(plan, to: ReadingPlan<Value>.self)
  }
}

extension CBORReader {
  /// The value at `offset`, read as values of its type are.
  @inline(__always)
  func readPlanned<Value: Decodable>(
    _ type: Value.Type, at offset: Int, depth: Int
  ) throws -> Value {
    try plans.withPlan(for: type) { try $0.read(self, at: offset, depth: depth) }
  }
}
