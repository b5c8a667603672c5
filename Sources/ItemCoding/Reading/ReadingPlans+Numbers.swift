/// Reads values that hold no others, by a closure that knows their type: a generic class is not
/// specialised, a closure is.
final class ScalarReading<Value>: ReadingPlan<Value> {
  private let body: (CBORReader, Int) throws -> Value
  init(_ body: @escaping (CBORReader, Int) throws -> Value) { self.body = body }

  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Value {
    try body(reader, offset)
  }
}

extension CBORReader {
  func half(at offset: Int) throws -> Float16 {
    let wide = try double(at: offset)
    let value = Float16(wide)
    guard value.isFinite || !wide.isFinite else {
      throw corrupted("a number beyond the range of Float16", at: offset)
    }
    return value
  }
}

extension Int: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<Int> { try $0.integer(Int.self, at: $1) }
  }
}
extension Int8: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<Int8> { try $0.integer(Int8.self, at: $1) }
  }
}
extension Int16: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<Int16> { try $0.integer(Int16.self, at: $1) }
  }
}
extension Int32: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<Int32> { try $0.integer(Int32.self, at: $1) }
  }
}
extension Int64: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<Int64> { try $0.integer(Int64.self, at: $1) }
  }
}
extension Int128: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<Int128> { try $0.integer(Int128.self, at: $1) }
  }
}
extension UInt: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<UInt> { try $0.integer(UInt.self, at: $1) }
  }
}
extension UInt8: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<UInt8> { try $0.integer(UInt8.self, at: $1) }
  }
}
extension UInt16: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<UInt16> { try $0.integer(UInt16.self, at: $1) }
  }
}
extension UInt32: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<UInt32> { try $0.integer(UInt32.self, at: $1) }
  }
}
extension UInt64: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<UInt64> { try $0.integer(UInt64.self, at: $1) }
  }
}
extension UInt128: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<UInt128> { try $0.integer(UInt128.self, at: $1) }
  }
}
extension Double: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<Double> { try $0.double(at: $1) }
  }
}
extension Float: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<Float> { try $0.float(at: $1) }
  }
}
extension Float16: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<Float16> { try $0.half(at: $1) }
  }
}
extension Bool: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<Bool> { try $0.bool(at: $1) }
  }
}
extension String: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan {
    ScalarReading<String> { try $0.text(at: $1) }
  }
}
