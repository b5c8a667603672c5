/// Part of a file, or all of it.
struct Piece: Codable, Sendable {
  /// The file's path as the system knows it; it need not be UTF-8.
  var path: [UInt8]
  /// The words between ASCII separators are meant of which the first lies in this range of bytes, or
  /// directly before it.
  var range: Range<Int>
}

/// What a worker gets at a time: pieces of about `Job.bytes` altogether.
struct Job: Codable, Sendable {
  var pieces: [Piece] = []

  /// Small, so that at the end no worker has much more to do than another.
  static let bytes = 2 << 20
}

/// Gathers small files into jobs, and splits large ones.
struct JobBuilder {
  private var job = Job()
  private var bytes = 0
  private var pathBytes = 0

  /// Takes in a file of so many bytes. Hands out the jobs that have become full.
  mutating func add(_ path: [UInt8], bytes size: Int, to emit: (Job) throws -> Void) rethrows {
    var start = 0
    repeat {
      // A file that has grown meanwhile is read to its end.
      let isLast = size - start <= Job.bytes
      job.pieces.append(Piece(path: path, range: start..<(isLast ? .max : start + Job.bytes)))
      bytes += min(Job.bytes, size - start)
      pathBytes += path.count
      // An item has a largest size, and a path may have 4 KiB.
      if bytes >= Job.bytes || pathBytes >= 16 << 10 || job.pieces.count == 256 {
        try finish(emit)
      }
      start += Job.bytes
    } while start < size
  }

  /// Hands out what is left.
  mutating func finish(_ emit: (Job) throws -> Void) rethrows {
    if !job.pieces.isEmpty { try emit(job) }
    self = JobBuilder()
  }
}
