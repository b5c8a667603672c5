/// An array that is being read.
final class ArrayCursor: ReadingCursor {
  func open(at offset: Int, depth: Int, _ reader: CBORReader) throws {
    try open(4, [Any].self, at: offset, depth: depth, reader)
  }

  /// The offset of the next element, noted as the one being read; it is not passed yet.
  @inline(__always)
  func peek(_ reader: CBORReader, _ type: Any.Type = Any?.self) throws -> Int {
    try resolve(reader)
    reader.note(-1 - index, at: depth)
    if isAtEnd(reader) {
      throw DecodingError.valueNotFound(
        type,
        .init(
          codingPath: reader.codingPath(depth + 1),
          debugDescription: "the array has no more elements"))
    }
    return cursor
  }

  /// The offset of the next element, which is handed out.
  func element(_ reader: CBORReader) throws -> Int {
    unresolved = try peek(reader)
    return unresolved
  }

  /// The element was read whole.
  @inline(__always)
  func taken(_ reader: CBORReader) { advance(reader, to: reader.next) }
}
