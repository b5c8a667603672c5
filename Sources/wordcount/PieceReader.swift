import Glibc

/// Reads pieces of files and counts their words.
struct PieceReader {
  private var buffer = [UInt8](repeating: 0, count: 256 << 10)
  /// How many bytes beyond a piece are read at once, for the end of its last word.
  private static let overhang = 1 << 10
  /// Bytes of the pieces that were read, and files whose first piece was.
  private(set) var bytes = 0
  private(set) var files = 0

  /// Counts the words that begin in `piece`. Returns why it cannot be read, if it cannot.
  mutating func count(_ piece: Piece, into words: inout WordCounter) -> Problem? {
    let path = piece.path.map { CChar(bitPattern: $0) } + [0]
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    if file < 0 { return failure(piece) }
    defer { close(file) }
    guard let start = read(file, at: 0, most: 8 << 10) else { return failure(piece) }
    if piece.range.lowerBound == 0 { files += 1 }
    // Whoever has another piece of the file comes to the same conclusion.
    if buffer[..<start].contains(0) { return nil }
    return countText(file, piece.range, into: &words) ? nil : failure(piece)
  }

  /// Returns false, and `errno`, if the file cannot be read.
  private mutating func countText(
    _ file: CInt, _ range: Range<Int>, into words: inout WordCounter
  ) -> Bool {
    // The byte before tells whether the first one may begin a word.
    var position = max(0, range.lowerBound - 1)
    words.begin(atStart: range.lowerBound == 0)
    var isStuck = false
    while true {
      // The last word may end in the next piece, whose reader passes over it.
      let left = max(0, range.upperBound - position)
      let most = min(left, buffer.count - Self.overhang) + Self.overhang
      guard let count = read(file, at: position, most: most) else { return false }
      let (used, isDone) = words.count(
        buffer.span.extracting(0..<count), limit: range.upperBound - 1 - position,
        isLast: isStuck)
      bytes += min(used, left)
      position += used
      if isDone { return true }
      if count == 0 { break }
      isStuck = used == 0
    }
    words.finish()
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
