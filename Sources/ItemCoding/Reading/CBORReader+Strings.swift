extension CBORReader {
  /// The text at `offset`; text that is not UTF-8 is an error (RFC 8949, section 3.1).
  func text(at offset: Int) throws -> String {
    let head = try valueHead(offset)
    guard head.major == 3 else { throw mismatch(String.self, at: offset) }
    if head.isIndefinite { return try chunkedText(head, offset) }
    let length = try length(head, at: offset)
    next = head.next &+ length
    return try validText(head.next, length)
  }

  private func chunkedText(_ head: Head, _ offset: Int) throws -> String {
    var text = ""
    // Every chunk is valid by itself (section 3.2.3).
    try forEachChunk(head, offset) { text += try validText($0, $1) }
    return text
  }

  @inline(__always)
  func validText(_ start: Int, _ length: Int) throws -> String {
    let bytes = unsafe slice(start, length)
    var text = unsafe String(decoding: bytes.assumingMemoryBound(to: UInt8.self), as: UTF8.self)
    // What was not UTF-8 was repaired, and differs now.
    guard text.withUTF8({ unsafe isEqual(UnsafeRawBufferPointer($0), bytes) }) else {
      throw corrupted("text that is not UTF-8", at: start)
    }
    return text
  }

  /// The byte string at `offset`.
  func bytes(at offset: Int) throws -> [UInt8] {
    let head = try valueHead(offset)
    guard head.major == 2 else { throw mismatch([UInt8].self, at: offset) }
    if !head.isIndefinite {
      let length = try length(head, at: offset)
      next = head.next + length
      return unsafe [UInt8](slice(head.next, length))
    }
    var bytes: [UInt8] = []
    try forEachChunk(head, offset) { unsafe bytes.append(contentsOf: slice($0, $1)) }
    return bytes
  }
}
