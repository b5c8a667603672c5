/// Writes values that take no frame of their own, by a closure that knows their type: a generic
/// class is not specialised, a closure is.
final class ScalarWriting<Value>: WritingPlan<Value> {
  private let body: (Value, CBORWriter) -> Void
  init(_ body: @escaping (Value, CBORWriter) -> Void) { self.body = body }

  override func write(_ value: Value, to writer: CBORWriter, in frame: Int) {
    body(value, writer)
  }
}

extension Int: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<Int> { $1.writeInteger($0) }
  }
}
extension Int8: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<Int8> { $1.writeInteger($0) }
  }
}
extension Int16: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<Int16> { $1.writeInteger($0) }
  }
}
extension Int32: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<Int32> { $1.writeInteger($0) }
  }
}
extension Int64: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<Int64> { $1.writeInteger($0) }
  }
}
extension UInt: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<UInt> { $1.writeInteger($0) }
  }
}
extension UInt8: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<UInt8> { $1.writeInteger($0) }
  }
}
extension UInt16: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<UInt16> { $1.writeInteger($0) }
  }
}
extension UInt32: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<UInt32> { $1.writeInteger($0) }
  }
}
extension UInt64: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<UInt64> { $1.writeInteger($0) }
  }
}
extension Int128: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<Int128> { $1.writeWide($0) }
  }
}
extension UInt128: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<UInt128> { $1.writeWide($0) }
  }
}
extension Double: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<Double> { $1.writeDouble($0) }
  }
}
extension Float: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<Float> { $1.writeFloat($0) }
  }
}
extension Bool: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<Bool> { $1.writeBool($0) }
  }
}
extension String: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<String> { $1.writeText($0) }
  }
}
extension Float16: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan {
    ScalarWriting<Float16> { $1.writeFloat(Float($0)) }
  }
}
