extension CBORWriter {
  func writeNull() { writeByte(0xf6) }

  func writeBool(_ value: Bool) { writeByte(value ? 0xf5 : 0xf4) }

  @inline(__always)
  func writeInteger<Value: FixedWidthInteger>(_ value: Value) {
    reserve(9)
    putInteger(value)
  }

  /// As `writeInteger`, where nine bytes are known to be free.
  @inline(__always)
  func putInteger<Value: FixedWidthInteger>(_ value: Value) {
    if value < 0 {
      putHead(Major.negative, UInt64(truncatingIfNeeded: ~value))
    } else {
      putHead(Major.unsigned, UInt64(truncatingIfNeeded: value))
    }
  }

  /// An integer where it fits 64 bits, else a bignum, tag 2 or 3 (RFC 8949, section 3.4.3).
  func writeWide<Value: FixedWidthInteger>(_ value: Value) {
    let magnitude = value < 0 ? UInt128(truncatingIfNeeded: ~value) : UInt128(value)
    writeWide(magnitude: magnitude, isNegative: value < 0)
  }

  /// `magnitude`, or -1 less it.
  func writeWide(magnitude: UInt128, isNegative: Bool) {
    if magnitude <= UInt64.max {
      writeHead(isNegative ? Major.negative : Major.unsigned, UInt64(magnitude))
      return
    }
    writeHead(Major.tag, isNegative ? 3 : 2)
    let leading = magnitude.leadingZeroBitCount / 8
    let bigEndian = magnitude.bigEndian
    unsafe withUnsafeBytes(of: bigEndian) {
      unsafe writeBytes(UnsafeRawBufferPointer(rebasing: $0[leading...]))
    }
  }

  /// The shortest of half, single and double that keeps the value (section 4.1); every NaN is the
  /// same one (section 4.2.2).
  @inline(__always)
  func writeDouble(_ value: Double) {
    reserve(9)
    putDouble(value)
  }

  @inline(__always)
  func putDouble(_ value: Double) {
    // A value that needs more than a single's 23 bits of fraction, the common case, ends here.
    if value.bitPattern & 0x1fff_ffff != 0, !value.isNaN,
      value.magnitude >= 0x1p-126
    {
      unsafe base.storeBytes(of: 0xfb, toByteOffset: count, as: UInt8.self)
      unsafe base.storeBytes(
        of: value.bitPattern.bigEndian, toByteOffset: count &+ 1, as: UInt64.self)
      count &+= 9
    } else {
      putShortDouble(value)
    }
  }

  @inline(never)
  private func putShortDouble(_ value: Double) {
    let single = Float(value)
    if Double(single) == value || value.isNaN {
      putFloat(single)
    } else {
      unsafe base.storeBytes(of: 0xfb, toByteOffset: count, as: UInt8.self)
      unsafe base.storeBytes(
        of: value.bitPattern.bigEndian, toByteOffset: count + 1, as: UInt64.self)
      count += 9
    }
  }

  func writeFloat(_ value: Float) {
    reserve(9)
    putFloat(value)
  }

  /// As `writeFloat`, where nine bytes are known to be free.
  func putFloat(_ value: Float) {
    if let half = value.exactHalfBits {
      unsafe base.storeBytes(of: 0xf9, toByteOffset: count, as: UInt8.self)
      unsafe base.storeBytes(of: half.bigEndian, toByteOffset: count + 1, as: UInt16.self)
      count += 3
    } else {
      unsafe base.storeBytes(of: 0xfa, toByteOffset: count, as: UInt8.self)
      unsafe base.storeBytes(
        of: value.bitPattern.bigEndian, toByteOffset: count + 1, as: UInt32.self)
      count += 5
    }
  }
}

extension Float {
  /// The bits of the half float of the same value, if there is one; NaN is 0x7e00.
  var exactHalfBits: UInt16? {
    if isNaN { return 0x7e00 }
    let bits = bitPattern
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    let exponent = Int(bits >> 23) & 0xff
    let fraction = bits & 0x7f_ffff
    switch exponent {
    case 0: return fraction == 0 ? sign : nil
    case 255: return sign | 0x7c00
    case 113...142:
      guard fraction & 0x1fff == 0 else { return nil }
      return sign | UInt16((exponent - 112) << 10) | UInt16(fraction >> 13)
    case 103...112:
      // A subnormal half counts in units of 2^-24.
      let shift = UInt32(126 - exponent)
      let whole = fraction | 0x80_0000
      guard whole & ((1 << shift) - 1) == 0 else { return nil }
      return sign | UInt16(whole >> shift)
    default: return nil
    }
  }
}
