/// Whether `type` is one of the plain numbers that travel as their little-endian bytes.
///
/// Those are the integers of fixed width, `Float`, `Double` and `Float16`. In specialised code
/// the answer is a constant.
@inlinable @inline(__always)
public func isRawScalar<T>(_ type: T.Type) -> Bool {
  type == Int.self || type == UInt.self || type == Int64.self || type == UInt64.self
    || type == Int32.self || type == UInt32.self || type == Int16.self || type == UInt16.self
    || type == Int8.self || type == UInt8.self || type == Double.self || type == Float.self
    || type == Int128.self || type == UInt128.self || type == Float16.self
}
