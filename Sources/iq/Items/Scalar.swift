/// The numbers that travel as their little-endian bytes.
enum Scalar: String, CaseIterable {
  case int8, uint8, int16, uint16, int32, uint32, int64, uint64, int128, uint128
  case float16, float, double

  /// The Swift type, as a queue's header names it.
  var schema: String {
    switch self {
    case .int8: "Int8"
    case .uint8: "UInt8"
    case .int16: "Int16"
    case .uint16: "UInt16"
    case .int32: "Int32"
    case .uint32: "UInt32"
    case .int64: "Int64"
    case .uint64: "UInt64"
    case .int128: "Int128"
    case .uint128: "UInt128"
    case .float16: "Float16"
    case .float: "Float"
    case .double: "Double"
    }
  }

  init?(schema: String) {
    switch schema {
    case "Int": self = .int64
    case "UInt": self = .uint64
    default:
      guard let scalar = Self.allCases.first(where: { $0.schema == schema }) else { return nil }
      self = scalar
    }
  }

  /// What `bytes` accepts, in words.
  var accepted: String {
    func whole<Value: FixedWidthInteger>(_: Value.Type) -> String {
      "a whole number from \(Value.min) to \(Value.max)"
    }
    func float<Value: BinaryFloatingPoint & CustomStringConvertible>(_: Value.Type) -> String {
      let most = Value.greatestFiniteMagnitude
      return "a number from -\(most) to \(most)"
    }
    return switch self {
    case .int8: whole(Int8.self)
    case .uint8: whole(UInt8.self)
    case .int16: whole(Int16.self)
    case .uint16: whole(UInt16.self)
    case .int32: whole(Int32.self)
    case .uint32: whole(UInt32.self)
    case .int64: whole(Int64.self)
    case .uint64: whole(UInt64.self)
    case .int128: whole(Int128.self)
    case .uint128: whole(UInt128.self)
    case .float16: float(Float16.self)
    case .float: float(Float.self)
    case .double: float(Double.self)
    }
  }

  var size: Int {
    switch self {
    case .int8, .uint8: 1
    case .int16, .uint16, .float16: 2
    case .int32, .uint32, .float: 4
    case .int64, .uint64, .double: 8
    case .int128, .uint128: 16
    }
  }

  /// As JSON; null for NaN and infinity.
  func json(_ bytes: UnsafeRawBufferPointer) -> String {
    func load<Value: BitwiseCopyable>(_: Value.Type) -> Value {
      unsafe bytes.loadUnaligned(as: Value.self)
    }
    func text<Value: BinaryFloatingPoint & BitwiseCopyable & CustomStringConvertible>(
      _ type: Value.Type
    ) -> String {
      let value = load(type)
      return value.isFinite ? value.description : "null"
    }
    return switch self {
    case .int8: "\(load(Int8.self))"
    case .uint8: "\(load(UInt8.self))"
    case .int16: "\(load(Int16.self))"
    case .uint16: "\(load(UInt16.self))"
    case .int32: "\(load(Int32.self))"
    case .uint32: "\(load(UInt32.self))"
    case .int64: "\(load(Int64.self))"
    case .uint64: "\(load(UInt64.self))"
    case .int128: "\(load(Int128.self))"
    case .uint128: "\(load(UInt128.self))"
    case .float16: text(Float16.self)
    case .float: text(Float.self)
    case .double: text(Double.self)
    }
  }

  /// The bytes of a number in text; nil if it is not one of this type.
  func bytes(_ text: String) -> [UInt8]? {
    func raw<Value: BitwiseCopyable>(_ value: Value?) -> [UInt8]? {
      value.map { value in unsafe withUnsafeBytes(of: value) { unsafe Array($0) } }
    }
    func float<Value: BinaryFloatingPoint & LosslessStringConvertible & BitwiseCopyable>(
      _: Value.Type
    ) -> [UInt8]? {
      guard let value = Value(text), value.isFinite else { return nil }
      return raw(value)
    }
    return switch self {
    case .int8: raw(Int8(text))
    case .uint8: raw(UInt8(text))
    case .int16: raw(Int16(text))
    case .uint16: raw(UInt16(text))
    case .int32: raw(Int32(text))
    case .uint32: raw(UInt32(text))
    case .int64: raw(Int64(text))
    case .uint64: raw(UInt64(text))
    case .int128: raw(Int128(text))
    case .uint128: raw(UInt128(text))
    case .float16: float(Float16.self)
    case .float: float(Float.self)
    case .double: float(Double.self)
    }
  }
}
