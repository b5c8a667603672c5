internal import FoundationEssentials

final class DataReading: ReadingPlan<Data> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Data {
    let head = try reader.valueHead(offset)
    guard head.major == 2, !head.isIndefinite else {
      return Data(try reader.byteArray(at: offset, depth: depth))
    }
    let length = try reader.length(head, at: offset)
    reader.next = head.next + length
    return unsafe Data(reader.slice(head.next, length))
  }
}

/// A date from tag 1, from the text of tag 0, or from a bare number: seconds since 2001.
final class DateReading: ReadingPlan<Date> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Date {
    var place = offset
    var head = try reader.head(offset)
    var tag: UInt64?
    while head.major == 6 {
      tag = head.argument
      place = head.next
      head = try reader.head(place)
    }
    if head.major == 3 { return try parse(reader, at: place) }
    guard head.major < 2 || reader.floating(head) != nil else {
      throw reader.mismatch(Date.self, at: offset)
    }
    let seconds = try reader.double(at: place)
    return tag == 1
      ? Date(timeIntervalSince1970: seconds) : Date(timeIntervalSinceReferenceDate: seconds)
  }

  private func parse(_ reader: CBORReader, at offset: Int) throws -> Date {
    let text = try reader.text(at: offset)
    guard let date = try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text)
    else { throw reader.corrupted("a text that is not a date and time", at: offset) }
    return date
  }
}

final class UUIDReading: ReadingPlan<UUID> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> UUID {
    if try reader.valueHead(offset).major == 3 {
      guard let value = UUID(uuidString: try reader.text(at: offset)) else {
        throw reader.corrupted("a text that is not a UUID", at: offset)
      }
      return value
    }
    let bytes = try reader.bytes(at: offset)
    guard bytes.count == 16 else { throw reader.corrupted("a UUID of another size", at: offset) }
    return unsafe UUID(uuid: bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: uuid_t.self) })
  }
}

final class URLReading: ReadingPlan<URL> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> URL {
    guard let value = URL(string: try reader.text(at: offset)) else {
      throw reader.corrupted("a text that is not a URL", at: offset)
    }
    return value
  }
}

/// A decimal from tag 4, or from any number.
final class DecimalReading: ReadingPlan<Decimal> {
  override func read(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Decimal {
    let head = try reader.valueHead(offset)
    if head.major == 4 { return try fraction(reader, at: offset, depth: depth) }
    if let value = reader.floating(head) {
      reader.next = head.next
      // Foundation ends the process for an infinity, and makes no number of what is out of range.
      let decimal = value.isInfinite ? Decimal.nan : Decimal(value)
      if decimal.isNaN && !value.isNaN {
        throw reader.corrupted("a number that does not fit Decimal", at: offset)
      }
      return decimal
    }
    guard let whole = try reader.wholeNumber(at: offset) else {
      throw reader.mismatch(Decimal.self, at: offset)
    }
    return try decimal(whole, exponent: 0, reader, at: offset)
  }

  private func fraction(_ reader: CBORReader, at offset: Int, depth: Int) throws -> Decimal {
    let head = try reader.valueHead(offset)
    guard head.argument == 2, !head.isIndefinite else {
      throw reader.corrupted("a decimal fraction without two elements", at: offset)
    }
    let exponent = try reader.integer(Int.self, at: head.next)
    let place = reader.next
    guard let whole = try reader.wholeNumber(at: place) else {
      throw reader.mismatch(Decimal.self, at: place)
    }
    return try decimal(whole, exponent: exponent, reader, at: offset)
  }

  private func decimal(
    _ whole: (magnitude: UInt128, isNegative: Bool), exponent: Int, _ reader: CBORReader,
    at offset: Int
  ) throws -> Decimal {
    let (magnitude, overflow) = whole.magnitude.addingReportingOverflow(whole.isNegative ? 1 : 0)
    // Foundation takes the digits of a significand only as text.
    guard !overflow, let significand = Decimal(string: magnitude.description),
      significand.description == magnitude.description, (-128...127).contains(exponent),
      case let decimal = Decimal(
        sign: whole.isNegative ? .minus : .plus, exponent: exponent, significand: significand),
      !decimal.isNaN
    else { throw reader.corrupted("a number that does not fit Decimal", at: offset) }
    return decimal
  }
}

extension Data: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan { DataReading() }
}
extension Date: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan { DateReading() }
}
extension UUID: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan { UUIDReading() }
}
extension URL: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan { URLReading() }
}
extension Decimal: PlannedReading {
  static func makeReadingPlan() -> AnyReadingPlan { DecimalReading() }
}
