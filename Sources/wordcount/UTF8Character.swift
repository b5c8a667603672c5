/// The character that bytes begin with.
enum UTF8Character {
  case scalar(Unicode.Scalar, bytes: Int)
  /// Further bytes may make it one.
  case incomplete
  /// No UTF-8.
  case invalid

  init(_ bytes: Span<UInt8>) {
    let first = bytes[0]
    let count: Int, least: UInt32
    switch first {
    case 0..<0x80: (count, least) = (1, 0)
    case 0xc2..<0xe0: (count, least) = (2, 0x80)
    case 0xe0..<0xf0: (count, least) = (3, 0x800)
    case 0xf0..<0xf5: (count, least) = (4, 0x1_0000)
    default:
      self = .invalid
      return
    }
    var value = count == 1 ? UInt32(first) : UInt32(first & (0x7f >> UInt8(count)))
    for index in 1..<count {
      guard index < bytes.count else {
        self = .incomplete
        return
      }
      guard bytes[index] & 0xc0 == 0x80 else {
        self = .invalid
        return
      }
      value = value << 6 | UInt32(bytes[index] & 0x3f)
    }
    guard value >= least, let scalar = Unicode.Scalar(value) else {
      self = .invalid
      return
    }
    self = .scalar(scalar, bytes: count)
  }
}
