extension CBORReader {
  /// The head of a data item (RFC 8949, section 3).
  package struct Head {
    package var major: UInt8
    /// The low five bits of the first byte; 31 is an indefinite length, or the break.
    package var info: UInt8
    package var argument: UInt64
    /// The offset after the head.
    package var next: Int
    package var isIndefinite: Bool { info == 31 }
  }

  @inline(__always)
  package func head(_ offset: Int) throws -> Head {
    guard offset < count else { throw truncated(at: offset) }
    let first = byte(offset)
    let info = first & 0x1f
    if info < 24 {
      return Head(major: first >> 5, info: info, argument: UInt64(info), next: offset &+ 1)
    }
    return try longHead(offset, first)
  }

  @inline(never)
  private func longHead(_ offset: Int, _ first: UInt8) throws -> Head {
    let info = first & 0x1f
    let left = count - offset - 1
    var head = Head(major: first >> 5, info: info, argument: 0, next: offset + 1)
    switch info {
    case 24 where left >= 1:
      head.argument = UInt64(byte(offset + 1))
      head.next += 1
      if head.major == 7, head.argument < 32 {
        throw corrupted("a simple value below 32 in two bytes", at: offset)
      }
    case 25 where left >= 2:
      head.argument = UInt64(number(UInt16.self, offset + 1))
      head.next += 2
    case 26 where left >= 4:
      head.argument = UInt64(number(UInt32.self, offset + 1))
      head.next += 4
    case 27 where left >= 8:
      head.argument = number(UInt64.self, offset + 1)
      head.next += 8
    case 24...27:
      throw truncated(at: offset)
    case 31:
      if head.major == 0 || head.major == 1 || head.major == 6 {
        throw corrupted("an indefinite length where there is none", at: offset)
      }
    default:
      throw corrupted("a reserved form", at: offset)
    }
    return head
  }

  /// The head of the item proper, after any tags; a break is none.
  @inline(__always)
  func valueHead(_ offset: Int) throws -> Head {
    let head = try head(offset)
    if head.major < 6 { return head }
    return try tagged(head, offset)
  }

  @inline(never)
  private func tagged(_ first: Head, _ offset: Int) throws -> Head {
    var head = first
    var offset = offset
    while head.major == 6 {
      offset = head.next
      head = try self.head(offset)
    }
    if head.major == 7, head.isIndefinite { throw corrupted("a break out of place", at: offset) }
    return head
  }

  /// The length of a definite string, all of which is there.
  @inline(__always)
  package func length(_ head: Head, at offset: Int) throws -> Int {
    guard head.argument <= UInt64(truncatingIfNeeded: count &- head.next) else {
      throw truncated(at: offset)
    }
    return Int(truncatingIfNeeded: head.argument)
  }

  /// The number of entries of a definite array or map, for each of which a byte is there.
  @inline(__always)
  package func entries(_ head: Head, at offset: Int, bytesEach: Int) throws -> Int {
    let (needed, overflow) = head.argument.multipliedReportingOverflow(by: UInt64(bytesEach))
    guard !overflow, needed <= UInt64(count - head.next) else { throw truncated(at: offset) }
    return Int(head.argument)
  }

  @inline(__always)
  package func isBreak(_ offset: Int) -> Bool { offset < count && byte(offset) == 0xff }
}
