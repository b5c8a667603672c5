extension CBORReader {
  /// Whether null or undefined stands at `offset`.
  @inline(__always)
  func isNull(at offset: Int) throws -> Bool {
    guard offset < count else { throw truncated(at: offset) }
    let first = byte(offset)
    if first == 0xf6 || first == 0xf7 {
      next = offset + 1
      return true
    }
    guard first >> 5 == 6 else { return false }
    let head = try valueHead(offset)
    next = head.next
    return head.major == 7 && (head.info == 22 || head.info == 23)
  }

  func bool(at offset: Int) throws -> Bool {
    let head = try valueHead(offset)
    guard head.major == 7, head.info == 20 || head.info == 21 else {
      throw mismatch(Bool.self, at: offset)
    }
    next = head.next
    return head.info == 21
  }

  @inline(__always)
  func integer<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) throws -> Value {
    let head = try head(offset)
    if head.major == 0, let value = Value(exactly: head.argument) {
      next = head.next
      return value
    }
    return try otherInteger(type, at: offset)
  }

  @inline(never)
  private func otherInteger<Value: FixedWidthInteger>(
    _ type: Value.Type, at offset: Int
  ) throws -> Value {
    guard let (magnitude, isNegative) = try wholeNumber(at: offset) else {
      throw mismatch(type, at: offset)
    }
    let value = Value(exactly: magnitude)
    if !isNegative, let value { return value }
    // -1 - n; a type's lowest value is -1 less its greatest.
    if isNegative, Value.isSigned, let value { return ~value }
    throw corrupted("a number that does not fit \(type)", at: offset)
  }

  /// The magnitude n of n or of -1 - n: an integer or a bignum; nil for another kind of item, an
  /// error beyond 128 bits.
  func wholeNumber(at offset: Int) throws -> (magnitude: UInt128, isNegative: Bool)? {
    var head = try head(offset)
    var place = offset
    while head.major == 6 {
      let tag = head.argument
      place = head.next
      head = try self.head(place)
      if tag == 2 || tag == 3, head.major == 2 {
        let bytes = try bytes(at: place).drop { $0 == 0 }
        guard bytes.count <= 16 else {
          throw corrupted("a number of more than 128 bits", at: offset)
        }
        return (bytes.reduce(0) { $0 << 8 | UInt128($1) }, tag == 3)
      }
    }
    guard head.major <= 1 else { return nil }
    next = head.next
    return (UInt128(head.argument), head.major == 1)
  }

  @inline(__always)
  func double(at offset: Int) throws -> Double {
    if offset &+ 9 <= count, byte(offset) == 0xfb {
      next = offset &+ 9
      return Double(bitPattern: number(UInt64.self, offset &+ 1))
    }
    return try otherDouble(at: offset)
  }

  @inline(never)
  private func otherDouble(at offset: Int) throws -> Double {
    let head = try valueHead(offset)
    if let value = floating(head) {
      next = head.next
      return value
    }
    guard let (magnitude, isNegative) = try wholeNumber(at: offset) else {
      throw mismatch(Double.self, at: offset)
    }
    let (whole, overflow) = magnitude.addingReportingOverflow(isNegative ? 1 : 0)
    guard !overflow, let value = Double(exactly: whole) else {
      throw corrupted("an integer that does not fit Double", at: offset)
    }
    return isNegative ? -value : value
  }

  /// A half, single or double, if that is what it is.
  func floating(_ head: Head) -> Double? {
    guard head.major == 7 else { return nil }
    switch head.info {
    case 25: return Double(Float16(bitPattern: UInt16(head.argument)))
    case 26: return Double(Float(bitPattern: UInt32(head.argument)))
    case 27: return Double(bitPattern: head.argument)
    default: return nil
    }
  }

  /// A number rounded to the nearest single; one beyond its range is an error.
  func float(at offset: Int) throws -> Float {
    let wide = try double(at: offset)
    let value = Float(wide)
    guard value.isFinite || !wide.isFinite else {
      throw corrupted("a number beyond the range of Float", at: offset)
    }
    return value
  }
}
