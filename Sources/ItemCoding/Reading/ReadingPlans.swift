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

  private struct Recent {
    var type: ObjectIdentifier
    unowned(unsafe) var plan: AnyReadingPlan
  }

  init() {
    let nothing = DecodableReading<Bool>()
    all[ObjectIdentifier(ReadingPlans.self)] = nothing
    unsafe recent = UnsafeMutablePointer<Recent>.allocate(capacity: 64)
    unsafe recent.initialize(
      repeating: Recent(type: ObjectIdentifier(ReadingPlans.self), plan: nothing), count: 64)
  }

  deinit { unsafe recent.deallocate() }

  @inline(__always)
  func plan<Value: Decodable>(for type: Value.Type) -> ReadingPlan<Value> {
    let identity = ObjectIdentifier(type)
    let address = UInt(bitPattern: identity)
    let place = unsafe recent + Int(((address >> 4) ^ (address >> 10)) & 63)
    if unsafe place.pointee.type == identity {
      return unsafe unsafeDowncast(place.pointee.plan, to: ReadingPlan<Value>.self)
    }
    let plan = findPlan(for: type)
    unsafe place.pointee = Recent(type: identity, plan: plan)
    return plan
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
