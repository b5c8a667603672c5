public import FoundationEssentials

/// A generator that gives the same numbers in every run (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64
  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

extension Datum {
  /// A random value, nested at most `depth` deep.
  public static func random(
    depth: Int, using generator: inout some RandomNumberGenerator
  ) -> Datum {
    switch Int.random(in: 0..<(depth > 0 ? 9 : 7), using: &generator) {
    case 0: .null
    case 1: .bool(.random(using: &generator))
    case 2: .integer(.sample(using: &generator))
    case 3, 4: .float(.sample(using: &generator))
    case 5: .text(.sample(using: &generator))
    case 6: .bytes(.sample(using: &generator))
    case 7:
      .array(
        (0..<Int.random(in: 0...6, using: &generator)).map { _ in
          random(depth: depth - 1, using: &generator)
        })
    default:
      .map(
        Dictionary(
          (0..<Int.random(in: 0...6, using: &generator)).map { _ in
            (randomKey(using: &generator), random(depth: depth - 1, using: &generator))
          }, uniquingKeysWith: { first, _ in first }))
    }
  }

  /// A key for which a Python value of another type cannot stand.
  private static func randomKey(using generator: inout some RandomNumberGenerator) -> Datum {
    Bool.random(using: &generator)
      ? .text(.sample(using: &generator)) : .integer(.sample(using: &generator))
  }
}

/// A type with random values.
public protocol Sample {
  static func sample(using generator: inout some RandomNumberGenerator) -> Self
}

extension FixedWidthInteger {
  /// A number of any magnitude, with every width of CBOR as likely.
  public static func sample(using generator: inout some RandomNumberGenerator) -> Self {
    let bits = Int.random(in: 0...bitWidth, using: &generator)
    return random(in: .min ... .max, using: &generator) >> (bits == bitWidth ? bitWidth - 1 : bits)
  }
}

extension Int: Sample {}
extension UInt8: Sample {}
extension Int16: Sample {}
extension UInt64: Sample {}
extension Int128: Sample {}

extension Bool: Sample {
  public static func sample(using generator: inout some RandomNumberGenerator) -> Bool {
    random(using: &generator)
  }
}

extension Double: Sample {
  public static func sample(using generator: inout some RandomNumberGenerator) -> Double {
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: [0, -0.0, .infinity, -.infinity, 1.5, 65504].randomElement(using: &generator)!
    case 1: Double(Float.sample(using: &generator))
    case 2: Double(Float16.random(in: -1000...1000, using: &generator))
    case 3: .random(in: -1e6...1e6, using: &generator)
    default: Double(bitPattern: .random(in: 0...0x7fef_ffff_ffff_ffff, using: &generator))
    }
  }
}

extension Float: Sample {
  public static func sample(using generator: inout some RandomNumberGenerator) -> Float {
    Float(bitPattern: .random(in: 0...0x7f7f_ffff, using: &generator))
  }
}

extension String: Sample {
  public static func sample(using generator: inout some RandomNumberGenerator) -> String {
    let alphabet: [Character] = ["a", "b", "Z", "0", " ", "\"", "\\", "\u{0}", "ü", "水", "🌍", "é"]
    let length = Int.random(
      in: 0...[3, 16, 40, 300].randomElement(using: &generator)!, using: &generator)
    return String((0..<length).map { _ in alphabet.randomElement(using: &generator)! })
  }
}

extension Data: Sample {
  public static func sample(using generator: inout some RandomNumberGenerator) -> Data {
    Data(
      (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        .random(in: 0...255, using: &generator)
      })
  }
}

extension UUID: Sample {
  public static func sample(using generator: inout some RandomNumberGenerator) -> UUID {
    unsafe withUnsafeBytes(of: UInt128.random(in: .min ... .max, using: &generator)) {
      unsafe UUID(uuid: $0.loadUnaligned(as: uuid_t.self))
    }
  }
}

extension Date: Sample {
  public static func sample(using generator: inout some RandomNumberGenerator) -> Date {
    Date(timeIntervalSinceReferenceDate: .random(in: -1e9...1e9, using: &generator))
  }
}

extension Decimal: Sample {
  public static func sample(using generator: inout some RandomNumberGenerator) -> Decimal {
    Decimal(
      sign: Bool.random(using: &generator) ? .minus : .plus,
      exponent: .random(in: -40...40, using: &generator),
      significand: Decimal(Int64.random(in: 1 ... .max, using: &generator)))
  }
}
