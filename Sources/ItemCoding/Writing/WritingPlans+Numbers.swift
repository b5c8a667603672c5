final class IntegerWriting<Value: FixedWidthInteger>: WritingPlan<Value> {
  override func write(_ value: Value, to writer: CBORWriter, in frame: Int) {
    writer.writeInteger(value)
  }
}

final class WideIntegerWriting<Value: FixedWidthInteger>: WritingPlan<Value> {
  override func write(_ value: Value, to writer: CBORWriter, in frame: Int) {
    writer.writeWide(value)
  }
}

final class DoubleWriting: WritingPlan<Double> {
  override func write(_ value: Double, to writer: CBORWriter, in frame: Int) {
    writer.writeDouble(value)
  }
}

final class FloatWriting: WritingPlan<Float> {
  override func write(_ value: Float, to writer: CBORWriter, in frame: Int) {
    writer.writeFloat(value)
  }
}

final class HalfWriting: WritingPlan<Float16> {
  override func write(_ value: Float16, to writer: CBORWriter, in frame: Int) {
    writer.writeFloat(Float(value))
  }
}

final class BoolWriting: WritingPlan<Bool> {
  override func write(_ value: Bool, to writer: CBORWriter, in frame: Int) {
    writer.writeBool(value)
  }
}

final class TextWriting: WritingPlan<String> {
  override func write(_ value: String, to writer: CBORWriter, in frame: Int) {
    writer.writeText(value)
  }
}

extension FixedWidthInteger {
  static func makeWritingPlan() -> AnyWritingPlan { IntegerWriting<Self>() }
}

extension Int: PlannedWriting {}
extension Int8: PlannedWriting {}
extension Int16: PlannedWriting {}
extension Int32: PlannedWriting {}
extension Int64: PlannedWriting {}
extension UInt: PlannedWriting {}
extension UInt8: PlannedWriting {}
extension UInt16: PlannedWriting {}
extension UInt32: PlannedWriting {}
extension UInt64: PlannedWriting {}
extension Int128: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan { WideIntegerWriting<Int128>() }
}
extension UInt128: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan { WideIntegerWriting<UInt128>() }
}
extension Double: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan { DoubleWriting() }
}
extension Float: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan { FloatWriting() }
}
extension Float16: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan { HalfWriting() }
}
extension Bool: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan { BoolWriting() }
}
extension String: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan { TextWriting() }
}
