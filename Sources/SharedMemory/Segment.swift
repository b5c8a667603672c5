internal import CIterableQueue

#if canImport(Glibc)
  internal import Glibc
#endif

/// A file of shared memory and its mapping, in which one range, the ring, appears twice in a row.
///
/// The mapping lives as long as the instance. Never let the last reference go while a thread may
/// hold, or be releasing, a lock that lies in it (glibc bug 14485).
@safe public final class Segment: @unchecked Sendable {
  /// What every part of a mapping is aligned to: at least 4096 bytes, on some machines more.
  public static let pageBytes = max(4096, sysconf(CInt(_SC_PAGESIZE)))

  /// The first mapped byte.
  public let base: UnsafeMutableRawPointer
  /// The file's length in bytes.
  public let fileBytes: Int
  /// Where the ring lies in the file, and its length in bytes.
  public let ring: Range<Int>
  /// The open file.
  public let descriptor: CInt
  /// The name by which others find the file; nil for an anonymous one.
  package let path: String?

  /// Maps `descriptor`, which the new instance owns; it is closed if this throws.
  package convenience init(
    owning descriptor: CInt, fileBytes: Int, ring: Range<Int>, path: String? = nil
  ) throws(SystemFailure) {
    do throws(SystemFailure) {
      try self.init(holding: descriptor, fileBytes: fileBytes, ring: ring, path: path)
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// The same, but if this throws `descriptor` stays open, and the caller's.
  init(
    holding descriptor: CInt, fileBytes: Int, ring: Range<Int>, path: String?
  ) throws(SystemFailure) {
    var base: UnsafeMutableRawPointer?
    let error = unsafe ciq_segment_map(
      descriptor, UInt64(fileBytes), UInt64(ring.lowerBound), UInt64(ring.count), &base)
    guard error == 0, let base = unsafe base else {
      throw SystemFailure(errno: error, call: "mmap")
    }
    unsafe self.base = base
    self.fileBytes = fileBytes
    self.ring = ring
    self.descriptor = descriptor
    self.path = path
  }

  /// A segment without a name: the kernel frees it with its last process. `label` is what
  /// /proc/PID/maps shows. The C functions are `memfd_create` and `mmap`.
  public static func anonymous(
    label: String, fileBytes: Int, ring: Range<Int>
  ) throws(SystemFailure) -> Segment {
    let descriptor = unsafe ciq_segment_anonymous(label, UInt64(fileBytes))
    if descriptor < 0 { throw SystemFailure(errno: -descriptor, call: "memfd_create") }
    return try Segment(owning: descriptor, fileBytes: fileBytes, ring: ring)
  }

  deinit {
    _ = unsafe ciq_segment_unmap(base, UInt64(fileBytes), UInt64(ring.count))
    close(descriptor)
  }

  /// The address of the byte at `offset` of the file.
  public func address(of offset: Int) -> UnsafeMutableRawPointer {
    unsafe base + (offset < ring.upperBound ? offset : offset + ring.count)
  }

  /// Makes sure that the file has storage for a range, so that writing there cannot raise SIGBUS.
  /// Throws ENOSPC when there is none. The C function is `posix_fallocate`.
  public func reserve(_ range: Range<Int>) throws(SystemFailure) {
    if range.isEmpty { return }
    try SystemFailure.check(
      ciq_segment_reserve(descriptor, UInt64(range.lowerBound), UInt64(range.count)),
      "posix_fallocate")
  }
}

// Files that are looked at before they are mapped.
extension Segment {
  /// The file's length in bytes. The C function is `fstat`.
  package static func length(of descriptor: CInt) throws(SystemFailure) -> Int {
    var bytes: UInt64 = 0
    try unsafe SystemFailure.check(ciq_segment_length(descriptor, &bytes), "fstat")
    return Int(clamping: bytes)
  }

  /// Copies bytes of the file, fewer only where it ends. The C function is `pread`.
  package static func read(
    _ descriptor: CInt, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SystemFailure) -> Int {
    var done = 0
    while done < buffer.count, let start = buffer.baseAddress {
      let count = unsafe pread(descriptor, start + done, buffer.count - done, off_t(offset + done))
      if count == 0 { break }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw SystemFailure(errno: errno, call: "pread")
      }
    }
    return done
  }

  /// Closes a descriptor that no segment owns.
  package static func discard(_ descriptor: CInt) { close(descriptor) }
}
