internal import FoundationEssentials

final class DataWriting: WritingPlan<Data> {
  override func write(_ value: Data, to writer: CBORWriter, in frame: Int) {
    unsafe value.withUnsafeBytes { unsafe writer.writeBytes($0) }
  }
}

final class DateWriting: WritingPlan<Date> {
  override func write(_ value: Date, to writer: CBORWriter, in frame: Int) {
    switch writer.options.dates {
    case .reference:
      writer.writeDouble(value.timeIntervalSinceReferenceDate)
    case .epoch:
      writer.writeHead(Major.tag, 1)
      let seconds = value.timeIntervalSince1970
      if let whole = Int64(exactly: seconds) {
        writer.writeInteger(whole)
      } else {
        writer.writeDouble(seconds)
      }
    case .text:
      writer.writeHead(Major.tag, 0)
      writer.writeText(value.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }
  }
}

final class UUIDWriting: WritingPlan<UUID> {
  override func write(_ value: UUID, to writer: CBORWriter, in frame: Int) {
    writer.writeHead(Major.tag, 37)
    unsafe withUnsafeBytes(of: value.uuid) { unsafe writer.writeBytes($0) }
  }
}

final class URLWriting: WritingPlan<URL> {
  override func write(_ value: URL, to writer: CBORWriter, in frame: Int) {
    writer.writeHead(Major.tag, 32)
    writer.writeText(value.absoluteString)
  }
}

/// A decimal fraction, tag 4 (RFC 8949, section 3.4.4): ten to an exponent times a whole number.
final class DecimalWriting: WritingPlan<Decimal> {
  override func write(_ value: Decimal, to writer: CBORWriter, in frame: Int) {
    guard !value.isNaN else { return writer.writeDouble(.nan) }
    writer.writeHead(Major.tag, 4)
    writer.writeHead(Major.array, 2)
    writer.writeInteger(value.exponent)
    // Foundation gives the digits of the significand only as text.
    let digits = value.significand.magnitude.description
    let magnitude = UInt128(digits) ?? 0
    if value.isSignMinus && magnitude > 0 {
      writer.writeWide(magnitude: magnitude - 1, isNegative: true)
    } else {
      writer.writeWide(magnitude: magnitude, isNegative: false)
    }
  }
}

extension Data: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan { DataWriting() }
}
extension Date: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan { DateWriting() }
}
extension UUID: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan { UUIDWriting() }
}
extension URL: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan { URLWriting() }
}
extension Decimal: PlannedWriting {
  static func makeWritingPlan() -> AnyWritingPlan { DecimalWriting() }
}
