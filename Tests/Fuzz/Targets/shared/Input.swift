/// The fuzzer's bytes, read one after another; behind the end are zeros.
struct Input {
  private let bytes: [UInt8]
  private var next = 0

  init(_ data: UnsafePointer<UInt8>?, _ count: Int) {
    bytes = unsafe Array(UnsafeBufferPointer(start: data, count: count))
  }

  init(steps bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { next >= bytes.count }

  mutating func byte() -> UInt8 {
    if isAtEnd { return 0 }
    next += 1
    return bytes[next - 1]
  }

  /// A number below `limit`.
  mutating func number(below limit: Int) -> Int { Int(byte()) % limit }

  mutating func half() -> Int { Int(byte()) | Int(byte()) << 8 }

  mutating func word() -> UInt64 {
    var word: UInt64 = 0
    for shift in 0..<8 { word |= UInt64(byte()) << UInt64(shift * 8) }
    return word
  }

  mutating func rest() -> [UInt8] {
    defer { next = bytes.count }
    return Array(bytes[min(next, bytes.count)...])
  }
}
