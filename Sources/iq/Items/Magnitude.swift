/// Turns the magnitudes of large integers into decimal digits and back.
enum Magnitude {
  /// Larger ones are shown as bytes, and refused where they are read.
  static let mostBytes = 1024

  /// The digits of the big-endian number `bytes`.
  static func digits(_ bytes: some Collection<UInt8>) -> String {
    var groups: [UInt64] = [0]
    let base: UInt64 = 1_000_000_000
    for byte in bytes {
      var carry = UInt64(byte)
      for index in groups.indices {
        let value = groups[index] << 8 + carry
        groups[index] = value % base
        carry = value / base
      }
      if carry > 0 { groups.append(carry) }
    }
    var text = "\(groups[groups.count - 1])"
    for group in groups.dropLast().reversed() {
      let digits = "\(group)"
      text += String(repeating: "0", count: 9 - digits.utf8.count) + digits
    }
    return text
  }

  /// The big-endian number that `digits` say, without leading zeros; nil if it is too large.
  static func bytes(_ digits: some Collection<UInt8>) -> [UInt8]? {
    var groups: [UInt32] = []
    for digit in digits {
      var carry = UInt64(digit - UInt8(ascii: "0"))
      for index in groups.indices {
        let value = UInt64(groups[index]) * 10 + carry
        groups[index] = UInt32(truncatingIfNeeded: value)
        carry = value >> 32
      }
      if carry > 0 { groups.append(UInt32(carry)) }
      if groups.count > mostBytes / 4 { return nil }
    }
    let bytes = groups.reversed().flatMap { group in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: group >> UInt32($0)) }
    }
    return Array(bytes.drop { $0 == 0 })
  }
}
