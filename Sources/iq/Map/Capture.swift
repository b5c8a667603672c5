internal import CIterableQueue
internal import Glibc

/// What a job has written: the end of it in memory, the rest in the spill file.
struct Capture {
  fileprivate(set) var extents: [SpillFile.Extent] = []
  fileprivate(set) var bytes: [UInt8] = []
  private(set) var count = 0

  var bytesInMemory: Int { bytes.count }
  var isEmpty: Bool { bytes.isEmpty && extents.isEmpty }

  mutating func append(_ new: UnsafeRawBufferPointer) {
    unsafe bytes.append(contentsOf: new)
    count += new.count
  }

  /// Moves what is in memory to the spill file. Throws a `CommandFailure`.
  mutating func spill(to file: SpillFile) throws {
    if bytes.isEmpty { return }
    extents.append(try file.append(bytes))
    bytes = []
  }

  /// Writes everything, and forgets it. Throws what writing throws.
  mutating func write(to descriptor: OutputDescriptor, from file: SpillFile) throws {
    for extent in extents { try file.move(extent, to: descriptor) }
    extents = []
    try descriptor.write(bytes)
    bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 16)
  }

  mutating func discard(from file: SpillFile) {
    for extent in extents { file.free(extent) }
    self = Capture()
  }
}

/// A file without a name for output that would take too much memory.
final class SpillFile {
  struct Extent {
    var offset: Int
    var count: Int
  }

  private var descriptor: CInt = -1
  private var end = 0
  private var live = 0

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static var folder: String {
    unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
  }

  private func failed(_ what: String, _ code: CInt = errno) -> CommandFailure {
    CommandFailure(
      .inputOutput,
      "\(what) in \(Self.folder) failed: \(message(code)); TMPDIR names another folder")
  }

  fileprivate func append(_ bytes: [UInt8]) throws -> Extent {
    if descriptor < 0 {
      let file = unsafe ciq_job_spill_file(Self.folder)
      if file < 0 { throw failed("making a temporary file", -file) }
      descriptor = file
    }
    let extent = Extent(offset: end, count: bytes.count)
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe pwrite(descriptor, $0.baseAddress! + written, $0.count - written, end + written)
      }
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw failed("writing a temporary file") }
      written += count
    }
    end += bytes.count
    live += bytes.count
    return extent
  }

  fileprivate func move(_ extent: Extent, to output: OutputDescriptor) throws {
    var chunk = [UInt8](repeating: 0, count: min(extent.count, 1 << 18))
    var done = 0
    while done < extent.count {
      let count = unsafe chunk.withUnsafeMutableBytes {
        unsafe pread(
          descriptor, $0.baseAddress!, min($0.count, extent.count - done), extent.offset + done)
      }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { throw failed("reading a temporary file") }
      try unsafe chunk.withUnsafeBytes {
        try unsafe output.write(UnsafeRawBufferPointer(rebasing: $0[..<count]))
      }
      done += count
    }
    free(extent)
  }

  fileprivate func free(_ extent: Extent) {
    live -= extent.count
    if live == 0 {
      _ = ftruncate(descriptor, 0)
      end = 0
    } else {
      // Where the file system cannot give the space back, it is kept until the end.
      ciq_job_spill_free(descriptor, Int64(extent.offset), Int64(extent.count))
    }
  }
}

/// The read end of a pipe that a job writes to.
struct CapturedPipe {
  private(set) var descriptor: CInt
  var capture = Capture()

  init(_ descriptor: CInt) { self.descriptor = descriptor }

  var isOpen: Bool { descriptor >= 0 }

  /// Takes what is there, but not more than the scratch holds. Returns whether there may be more now.
  mutating func read(_ scratch: UnsafeMutableRawBufferPointer) -> Bool {
    guard isOpen else { return false }
    let count = unsafe Glibc.read(descriptor, scratch.baseAddress, scratch.count)
    if count > 0 {
      unsafe capture.append(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
      return true
    }
    if count < 0 && errno == EINTR { return true }
    if count == 0 || errno != EAGAIN { close() }
    return false
  }

  /// Takes what is there now, however much is written meanwhile, and closes the pipe.
  mutating func readLast(_ scratch: UnsafeMutableRawBufferPointer) {
    guard isOpen else { return }
    var left: CInt = 0
    _ = unsafe ioctl(descriptor, UInt(FIONREAD), &left)
    while left > 0 {
      let before = capture.count
      let part = unsafe UnsafeMutableRawBufferPointer(
        rebasing: scratch[..<min(scratch.count, Int(left))])
      if unsafe !read(part) { break }
      left -= CInt(capture.count - before)
    }
    close()
  }

  mutating func close() {
    if isOpen { _ = Glibc.close(descriptor) }
    descriptor = -1
  }
}
