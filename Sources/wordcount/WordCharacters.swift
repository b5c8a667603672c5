/// What each Unicode scalar is in a word.
struct WordCharacters {
  enum Role {
    /// A letter or number: in lower case, as UTF-8, the first byte lowest.
    case letter(utf8: UInt64)
    /// Belongs to the letter before it.
    case mark(utf8: UInt64)
    /// Belongs to a word if it stands alone between two letters.
    case joiner(utf8: UInt64)
    case separator
  }

  /// The roles of 256 scalars each, in the order in which they were needed: as UTF-8, with a bit for
  /// joiners and one for marks; 0 for separators.
  private var roles: [UInt64] = []
  /// Where in `roles` each 256 scalars begin; -1 before they are needed.
  private var starts = [Int32](repeating: -1, count: 0x110000 >> 8)

  private static let joinerBit: UInt64 = 1 << 63, markBit: UInt64 = 1 << 62

  /// What an ASCII character is: `separator`, `apostrophe` or `alphanumeric`; bytes of other
  /// characters are `other`.
  static let separator: UInt8 = 0, apostrophe: UInt8 = 1, other: UInt8 = 2, alphanumeric: UInt8 = 3
  static let ofByte: InlineArray<256, UInt8> = InlineArray { index in
    let byte = UInt8(index)
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      return alphanumeric
    case UInt8(ascii: "'"): return apostrophe
    case 128...255: return other
    default: return separator
    }
  }

  mutating func role(of scalar: Unicode.Scalar) -> Role {
    let page = Int(scalar.value >> 8)
    if starts[page] < 0 { fill(page) }
    let role = roles[Int(starts[page]) + Int(scalar.value & 0xff)]
    if role == 0 { return .separator }
    if role & Self.joinerBit != 0 { return .joiner(utf8: role ^ Self.joinerBit) }
    if role & Self.markBit != 0 { return .mark(utf8: role ^ Self.markBit) }
    return .letter(utf8: role)
  }

  private mutating func fill(_ page: Int) {
    starts[page] = Int32(roles.count)
    for value in page << 8..<(page + 1) << 8 {
      roles.append(Unicode.Scalar(UInt32(value)).map(Self.packedRole) ?? 0)
    }
  }

  private static func packedRole(_ scalar: Unicode.Scalar) -> UInt64 {
    switch scalar {
    case "'", "\u{2019}": return joinerBit | packed("'")
    // Without and with a ligature: the words of several scripts need them.
    case "\u{200C}", "\u{200D}": return joinerBit | packed(String(scalar))
    default: break
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber:
      return packed(scalar.properties.lowercaseMapping)
    case .nonspacingMark, .spacingMark, .enclosingMark: return markBit | packed(String(scalar))
    default: return 0
    }
  }

  private static func packed(_ text: String) -> UInt64 {
    // At most three bytes, and a few letters become two in lower case.
    text.utf8.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
