/// Reads arrays and dictionaries of plain values, by a closure that knows their type: the loop
/// inside is specialised.
final class FlatReading<Value>: ReadingPlan<Value> {
  private let body: (CBORReader, Int, Int) throws -> Value
  init(_ body: @escaping (CBORReader, Int, Int) throws -> Value) { self.body = body }

  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Value {
    try body(reader, offset, depth)
  }
}

/// The plan for an array of `element`, if that is a plain value.
func flatArrayPlan(_ element: Any.Type) -> AnyReadingPlan? {
  switch element {
  case is UInt8.Type: FlatReading<[UInt8]> { try $0.byteArray(at: $1, depth: $2) }
  case is Int.Type: FlatReading<[Int]> { try $0.integers(at: $1, depth: $2) }
  case is Int32.Type: FlatReading<[Int32]> { try $0.integers(at: $1, depth: $2) }
  case is Int64.Type: FlatReading<[Int64]> { try $0.integers(at: $1, depth: $2) }
  case is UInt32.Type: FlatReading<[UInt32]> { try $0.integers(at: $1, depth: $2) }
  case is UInt64.Type: FlatReading<[UInt64]> { try $0.integers(at: $1, depth: $2) }
  case is Double.Type:
    FlatReading<[Double]> { try $0.elements(at: $1, depth: $2) { try $0.double(at: $1) } }
  case is Float.Type:
    FlatReading<[Float]> { try $0.elements(at: $1, depth: $2) { try $0.float(at: $1) } }
  case is String.Type:
    FlatReading<[String]> { try $0.elements(at: $1, depth: $2) { try $0.text(at: $1) } }
  default: nil
  }
}

/// The plan for a dictionary of texts to `value`, if that is a plain value.
func flatDictionaryPlan(_ value: Any.Type) -> AnyReadingPlan? {
  switch value {
  case is Int.Type:
    FlatReading<[String: Int]> {
      try $0.entries(at: $1, depth: $2) {
        try $0.text(at: $1)
      } value: {
        try $0.integer(Int.self, at: $1)
      }
    }
  case is Double.Type:
    FlatReading<[String: Double]> {
      try $0.entries(at: $1, depth: $2) {
        try $0.text(at: $1)
      } value: {
        try $0.double(at: $1)
      }
    }
  case is String.Type:
    FlatReading<[String: String]> {
      try $0.entries(at: $1, depth: $2) {
        try $0.text(at: $1)
      } value: {
        try $0.text(at: $1)
      }
    }
  default: nil
  }
}

extension CBORReader {
  @inline(__always)
  fileprivate func integers<Value: FixedWidthInteger>(
    at offset: Int, depth: Int
  ) throws -> [Value] {
    try elements(at: offset, depth: depth) { try $0.integer(Value.self, at: $1) }
  }

  /// Bytes from a byte string, or from an array of numbers.
  func byteArray(at offset: Int, depth: Int) throws -> [UInt8] {
    try valueHead(offset).major == 4 ? integers(at: offset, depth: depth) : bytes(at: offset)
  }
}
