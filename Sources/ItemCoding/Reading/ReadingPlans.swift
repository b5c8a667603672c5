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

extension Plans<AnyReadingPlan> {
  convenience init() { self.init(DecodableReading<Bool>()) }

  func plan<Value: Decodable>(for type: Value.Type) -> ReadingPlan<Value> {
    withPlan(for: type) { $0 }
  }

  /// Calls `body` with the plan; no reference is counted.
  @inline(__always)
  func withPlan<Value: Decodable, Result>(
    for type: Value.Type, _ body: (ReadingPlan<Value>) throws -> Result
  ) rethrows -> Result {
    try withPlan(
      for: type,
      or: {
        if let planned = type as? any PlannedReading.Type { return planned.makeReadingPlan() }
        return DecodableReading<Value>()
      }
    ) { try unsafe body(unsafeDowncast($0, to: ReadingPlan<Value>.self)) }
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
