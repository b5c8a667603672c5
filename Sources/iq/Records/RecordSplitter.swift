internal import Glibc

/// How records follow one another in a stream of bytes.
package enum Framing: Sendable {
  /// Each ends with a newline; the last one need not.
  case lines
  /// Each ends with a NUL byte; the last one need not.
  case null
  /// Before each, its length: four bytes, little-endian.
  case frames
  /// JSON values, with or without white space between them.
  case values

  /// What a record is called in messages.
  var noun: String {
    switch self {
    case .lines: "line"
    case .null: "record"
    case .frames: "frame"
    case .values: "value"
    }
  }
}

/// Cuts a stream of bytes, as it comes in, into records.
package struct RecordSplitter {
  let framing: Framing
  /// How many bytes a record may have.
  let limit: Int
  /// How many records were handed out.
  private(set) package var count = 0
  private var buffer: [UInt8] = []
  private var start = 0
  private var scanned = 0
  private var json = JSONBoundary()
  private var isAtEnd = false

  /// Whether nothing more comes; records may still be there.
  package var isFinished: Bool { isAtEnd }

  package init(_ framing: Framing, limit: Int = 1 << 30) {
    self.framing = framing
    self.limit = limit
  }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if start > 0 {
      buffer.removeSubrange(..<start)
      scanned -= start
      start = 0
    }
    unsafe buffer.append(contentsOf: bytes)
  }

  /// Says that nothing more comes.
  package mutating func finish() { isAtEnd = true }

  /// The next record, if all of it is there. Throws a `CommandFailure` that names the record.
  package mutating func next() throws -> [UInt8]? {
    let range: Range<Int>?
    switch framing {
    case .lines: range = terminated(by: UInt8(ascii: "\n"))
    case .null: range = terminated(by: 0)
    case .frames: range = try frame()
    case .values: range = try value()
    }
    guard let range else {
      if buffer.count - start > limit { throw tooLarge(buffer.count - start) }
      return nil
    }
    count += 1
    guard range.count <= limit else {
      count -= 1
      throw tooLarge(range.count)
    }
    return Array(buffer[range])
  }

  private func tooLarge(_ size: Int) -> CommandFailure {
    CommandFailure(
      .badData, "\(framing.noun) \(count + 1) has \(size) bytes or more; the limit is \(limit)")
  }

  private mutating func terminated(by terminator: UInt8) -> Range<Int>? {
    let found = unsafe buffer.withUnsafeBytes { bytes -> Int? in
      guard let base = bytes.baseAddress, scanned < bytes.count else { return nil }
      let place = unsafe memchr(base + scanned, Int32(terminator), bytes.count - scanned)
      return unsafe place.map { unsafe UnsafeRawPointer($0) - base }
    }
    scanned = buffer.count
    if let found {
      let range = start..<found
      start = found + 1
      scanned = start
      return range
    }
    guard isAtEnd, start < buffer.count else { return nil }
    let range = start..<buffer.count
    start = buffer.count
    return range
  }

  private mutating func frame() throws -> Range<Int>? {
    let there = buffer.count - start
    if there == 0 { return nil }
    let length = there < 4 ? 0 : (0..<4).reduce(0) { $0 | Int(buffer[start + $1]) << (8 * $1) }
    if there >= 4, length > limit { throw tooLarge(length) }
    guard there >= 4, there >= 4 + length else {
      if isAtEnd { throw CommandFailure(.badData, "the input ends within frame \(count + 1)") }
      return nil
    }
    let range = start + 4..<start + 4 + length
    start = range.upperBound
    return range
  }

  private mutating func value() throws -> Range<Int>? {
    while scanned < buffer.count {
      switch json.take(buffer[scanned]) {
      case .before:
        scanned += 1
        start = scanned
      case .inside:
        scanned += 1
      case .last:
        scanned += 1
        return cut()
      case .after:
        return cut()
      }
    }
    guard isAtEnd, start < buffer.count else { return nil }
    return cut()
  }

  private mutating func cut() -> Range<Int> {
    let range = start..<scanned
    start = scanned
    json = JSONBoundary()
    return range
  }
}

/// Finds where a JSON value ends; whether it is one is for others to say.
private struct JSONBoundary {
  enum Place {
    /// White space before the value.
    case before
    case inside
    /// The value's last byte.
    case last
    /// The first byte after it.
    case after
  }

  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  private var isInScalar = false

  mutating func take(_ byte: UInt8) -> Place {
    if isInString {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
        return depth == 0 ? .last : .inside
      }
      return .inside
    }
    switch byte {
    case 0x20, 0x09, 0x0a, 0x0d:
      if isInScalar && depth == 0 { return .after }
      return depth == 0 ? .before : .inside
    case UInt8(ascii: "\""):
      if isInScalar && depth == 0 { return .after }
      isInString = true
      return .inside
    case UInt8(ascii: "["), UInt8(ascii: "{"):
      if isInScalar && depth == 0 { return .after }
      depth += 1
      return .inside
    case UInt8(ascii: "]"), UInt8(ascii: "}"):
      depth -= 1
      if depth > 0 { return .inside }
      depth = 0
      return .last
    default:
      if depth == 0 { isInScalar = true }
      return .inside
    }
  }
}
