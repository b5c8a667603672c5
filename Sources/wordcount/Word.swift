/// One word's bytes: the first sixteen in two integers, which compare and hash at once; the others,
/// which few words have, in an array.
struct Word {
  /// Big-endian and filled with zeros, so that words sort as their bytes do.
  private(set) var first: UInt64 = 0
  private(set) var second: UInt64 = 0
  private(set) var rest: [UInt8] = []
  private(set) var count = 0

  /// How many bytes a word has at most.
  static let limit = 255

  init() {}

  init(_ bytes: Span<UInt8>) {
    for index in bytes.indices { append(bytes[index]) }
  }

  init(first: UInt64, second: UInt64, rest: ArraySlice<UInt8>, count: Int) {
    self.first = first
    self.second = second
    self.rest = Array(rest)
    self.count = count
  }

  var bytes: [UInt8] { (0..<count).map { self[$0] } }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    if count < 8 {
      first |= UInt64(byte) << UInt64(56 - 8 * count)
    } else if count < 16 {
      second |= UInt64(byte) << UInt64(120 - 8 * count)
    } else if count < Self.limit {
      rest.append(byte)
    }
    // Longer ones are counted on, so that they can be told from words.
    count &+= 1
  }

  /// Appends letters and digits of ASCII, in lower case.
  @inline(__always)
  mutating func append(ascii bytes: Span<UInt8>, _ range: Range<Int>) {
    let start = range.lowerBound, count = range.count
    // In lower case, letters have this bit, and digits have it anyway.
    let lowerCase: UInt64 = 0x2020_2020_2020_2020
    if self.count == 0 && count <= 16 && start + 16 <= bytes.count {
      let low = unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self)
      let high = unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: start + 8, as: UInt64.self)
      first = (low.bigEndian | lowerCase) & UInt64.max << (64 - 8 * min(count, 8))
      second = (high.bigEndian | lowerCase) & UInt64.max << (64 - 8 * max(count - 8, 0))
      self.count = count
    } else {
      for index in range { append(bytes[index] | 0x20) }
    }
  }

  @inline(__always)
  mutating func removeAll() {
    if count > 16 { rest.removeAll(keepingCapacity: true) }
    first = 0
    second = 0
    count = 0
  }

  /// Takes the last `count` bytes away.
  mutating func removeLast(_ count: Int) {
    let bytes = (0..<min(self.count, Self.limit)).map { self[$0] }
    let left = self.count - count
    removeAll()
    for byte in bytes.prefix(left) { append(byte) }
    self.count = left
  }

  subscript(index: Int) -> UInt8 {
    if index < 8 { return UInt8(truncatingIfNeeded: first >> UInt64(56 - 8 * index)) }
    if index < 16 { return UInt8(truncatingIfNeeded: second >> UInt64(120 - 8 * index)) }
    return rest[index - 16]
  }

  @inline(__always)
  var hash: UInt64 {
    var hash = Self.mix(first ^ 0x9e37_79b9_7f4a_7c15, second ^ 0xd1b5_4a32_d192_ed03)
    for byte in rest { hash = Self.mix(hash ^ UInt64(byte), 0x9e37_79b9_7f4a_7c15) }
    return hash
  }

  private static func mix(_ one: UInt64, _ other: UInt64) -> UInt64 {
    let product = one.multipliedFullWidth(by: other)
    return product.high ^ product.low
  }
}
