import Glibc

/// Reads pieces of files and counts their words.
struct PieceReader {
  private var buffer = [UInt8](repeating: 0, count: 256 << 10)
  /// Bytes of the pieces that were read, and files whose first piece was.
  private(set) var bytes = 0
  private(set) var files = 0

  /// Counts the words that begin in `piece`. Returns why it cannot be read, if it cannot.
  mutating func count(_ piece: Piece, into table: inout WordTable) -> Problem? {
    let path = piece.path.map { CChar(bitPattern: $0) } + [0]
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    if file < 0 { return failure(piece) }
    defer { close(file) }
    guard let start = read(file, at: 0, most: 8 << 10) else { return failure(piece) }
    if piece.range.lowerBound == 0 { files += 1 }
    // Whoever has another piece of the file comes to the same conclusion.
    if buffer[..<start].contains(0) { return nil }
    return countText(file, piece.range, into: &table) ? nil : failure(piece)
  }

  /// Returns false, and `errno`, if the file cannot be read.
  private mutating func countText(
    _ file: CInt, _ range: Range<Int>, into table: inout WordTable
  ) -> Bool {
    var tokenizer = Tokenizer(after: nil)
    if range.lowerBound > 0 {
      guard let count = read(file, at: range.lowerBound - 1, most: 1) else { return false }
      if count == 0 { return true }
      tokenizer = Tokenizer(after: buffer[0])
    }
    var position = range.lowerBound
    while true {
      let isBeyond = position >= range.upperBound
      let most = isBeyond ? buffer.count : min(buffer.count, range.upperBound - position)
      guard let count = read(file, at: position, most: most) else { return false }
      // The last word may end in the next piece, whose reader passes over it.
      let isDone = tokenizer.count(
        buffer.span.extracting(0..<count), onlyBegun: isBeyond, into: &table)
      if count == 0 || isDone { break }
      if !isBeyond { bytes += count }
      position += count
    }
    tokenizer.finish(into: &table)
    return true
  }

  private mutating func read(_ file: CInt, at position: Int, most: Int) -> Int? {
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe pread(file, $0.baseAddress, most, position)
      }
      if count >= 0 { return count }
      if errno != EINTR { return nil }
    }
  }

  private func failure(_ piece: Piece) -> Problem? {
    // One of a file's pieces tells.
    piece.range.lowerBound == 0 ? Problem(path: piece.path, errno: errno) : nil
  }
}
