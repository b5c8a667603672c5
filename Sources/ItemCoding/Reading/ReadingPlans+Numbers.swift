final class IntegerReading<Value: FixedWidthInteger>: ReadingPlan<Value> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Value {
    try reader.integer(Value.self, at: offset)
  }
}

final class DoubleReading: ReadingPlan<Double> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Double {
    try reader.double(at: offset)
  }
}

final class FloatReading: ReadingPlan<Float> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Float {
    try reader.float(at: offset)
  }
}

final class HalfReading: ReadingPlan<Float16> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Float16 {
    let wide = try reader.double(at: offset)
    let value = Float16(wide)
    guard value.isFinite || !wide.isFinite else {
      throw reader.corrupted("a number beyond the range of Float16", at: offset)
    }
    return value
  }
}

final class BoolReading: ReadingPlan<Bool> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Bool {
    try reader.bool(at: offset)
  }
}

final class TextReading: ReadingPlan<String> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> String {
    try reader.text(at: offset)
  }
}

extension FixedWidthInteger {
  static func makeReadingPlan() -> AnyReadingPlan { IntegerReading<Self>() }
}

extension Int: PlannedReading {}
extension Int8: PlannedReading {}
extension Int16: PlannedReading {}
extension Int32: PlannedReading {}
extension Int64: PlannedReading {}
extension Int128: PlannedReading {}
extension UInt: PlannedReading {}
extension UInt8: PlannedReading {}
extension UInt16: PlannedReading {}
extension UInt32: PlannedReading {}
extension UInt64: PlannedReading {}
extension UInt128: PlannedReading {}
extension Double: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan { DoubleReading() }
}
extension Float: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan { FloatReading() }
}
extension Float16: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan { HalfReading() }
}
extension Bool: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan { BoolReading() }
}
extension String: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan { TextReading() }
}
