extension CBORReader {
  /// The offset after the well-formed item at `offset` (RFC 8949, appendix C).
  func skip(_ offset: Int) throws -> Int { try skip(offset, depth) }

  /// What lies deeper than the limit is refused, so the recursion is bounded.
  private func skip(_ start: Int, _ depth: Int) throws -> Int {
    var offset = start
    var head = try head(offset)
    while head.major == 6 {
      offset = head.next
      head = try self.head(offset)
    }
    switch head.major {
    case 0, 1:
      return head.next
    case 2, 3:
      if !head.isIndefinite { return try head.next + length(head, at: offset) }
      return try skipChunks(head, offset)
    case 4, 5:
      guard depth < options.nestingLimit else { throw nestingError(at: offset) }
      return try skipEntries(head, offset, depth + 1)
    default:
      if head.isIndefinite { throw corrupted("a break out of place", at: offset) }
      return head.next
    }
  }

  private func skipEntries(_ head: Head, _ start: Int, _ depth: Int) throws -> Int {
    let each = head.major == 5 ? 2 : 1
    var offset = head.next
    if head.isIndefinite {
      while !isBreak(offset) {
        for _ in 0..<each { offset = try skip(offset, depth) }
      }
      return offset + 1
    }
    let items = try entries(head, at: start, bytesEach: each) * each
    for _ in 0..<items { offset = try skip(offset, depth) }
    return offset
  }

  private func skipChunks(_ head: Head, _ start: Int) throws -> Int {
    var end = head.next
    try forEachChunk(head, start) { end = $0 + $1 }
    return end + 1
  }

  /// Gives offset and length of each chunk of an indefinite string (section 3.2.3).
  package func forEachChunk(_ head: Head, _ start: Int, _ body: (Int, Int) throws -> Void) throws {
    var offset = head.next
    while !isBreak(offset) {
      let chunk = try self.head(offset)
      guard chunk.major == head.major, !chunk.isIndefinite else {
        throw corrupted("a chunk of another kind in a string", at: offset)
      }
      let length = try length(chunk, at: offset)
      try body(chunk.next, length)
      offset = chunk.next + length
    }
    next = offset + 1
  }

  package func nestingError(at offset: Int) -> DecodingError {
    corrupted("nested deeper than \(options.nestingLimit) levels", at: offset)
  }
}
