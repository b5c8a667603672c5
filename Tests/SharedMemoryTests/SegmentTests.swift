import CIterableQueue
import SharedMemory
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct SegmentTests {
  static let page = Segment.pageBytes

  private func segment(before: Int = 2, ring: Int = 4, after: Int = 3) throws -> Segment {
    try Segment.anonymous(
      label: "test", fileBytes: (before + ring + after) * Self.page,
      ring: before * Self.page..<(before + ring) * Self.page)
  }

  @Test func `the ring is mapped twice in a row`() throws {
    let segment = try segment()
    let ring = unsafe segment.address(of: segment.ring.lowerBound)
    let bytes = segment.ring.count
    for offset in stride(from: 0, to: bytes, by: 509) {
      unsafe ring.storeBytes(
        of: UInt8(truncatingIfNeeded: offset), toByteOffset: offset, as: UInt8.self)
      #expect(
        unsafe ring.load(fromByteOffset: bytes + offset, as: UInt8.self)
          == UInt8(truncatingIfNeeded: offset))
      unsafe ring.storeBytes(of: 0xA5, toByteOffset: bytes + offset, as: UInt8.self)
      #expect(unsafe ring.load(fromByteOffset: offset, as: UInt8.self) == 0xA5)
    }
    // One access over the end.
    unsafe ring.storeBytes(
      of: 0x0102_0304_0506_0708, toByteOffset: bytes - 4, as: UInt64.self)
    #expect(unsafe ring.loadUnaligned(as: UInt32.self) == 0x0102_0304)
  }

  @Test func `what follows the ring in the file follows both of its images in memory`() throws {
    let segment = try segment()
    let after = unsafe segment.address(of: segment.ring.upperBound)
    #expect(unsafe after - segment.base == segment.ring.upperBound + segment.ring.count)
    unsafe after.storeBytes(of: 42, as: UInt8.self)
    var byte: UInt8 = 0
    let count = unsafe pread(segment.descriptor, &byte, 1, segment.ring.upperBound)
    #expect(count == 1 && byte == 42)
    #expect(unsafe segment.address(of: segment.ring.upperBound - 1) < after)
    let last = unsafe segment.address(of: segment.fileBytes - 1)
    unsafe last.storeBytes(of: 7, as: UInt8.self)
    #expect(unsafe pread(segment.descriptor, &byte, 1, segment.fileBytes - 1) == 1 && byte == 7)
  }

  @Test func `the ring may be the file's last part`() throws {
    let segment = try segment(after: 0)
    let ring = unsafe segment.address(of: segment.ring.lowerBound)
    unsafe ring.storeBytes(of: 9, as: UInt8.self)
    #expect(unsafe ring.load(fromByteOffset: segment.ring.count, as: UInt8.self) == 9)
  }

  @Test func `a fresh segment is zero, and takes no memory`() throws {
    let segment = try segment(before: 1, ring: 2, after: 1)
    var info = stat()
    #expect(unsafe fstat(segment.descriptor, &info) == 0)
    #expect(info.st_blocks == 0)
    #expect(Int(info.st_size) == segment.fileBytes)
    #expect(unsafe segment.base.load(as: UInt64.self) == 0)
  }

  @Test func `reserving gives storage to that range`() throws {
    let segment = try segment()
    try segment.reserve(Self.page..<3 * Self.page)
    var info = stat()
    #expect(unsafe fstat(segment.descriptor, &info) == 0)
    #expect(Int(info.st_blocks) * 512 == 2 * Self.page)
    try segment.reserve(5..<5)
    try segment.reserve(Self.page..<3 * Self.page)
    #expect(unsafe fstat(segment.descriptor, &info) == 0)
    #expect(Int(info.st_blocks) * 512 == 2 * Self.page)
  }

  @Test func `a file that was taken for a dead maker's before it was held is given up`() throws {
    let path = "\(Segment.folder)/segment-tests.\(getpid()).\(UInt32.random(in: 0 ... .max))"
    let file = unsafe ciq_segment_exclusive(path)
    try #require(file >= 0)
    defer { close(file) }
    let other = try Segment.open(path)
    defer { close(other) }
    var error: SystemFailure?
    func hold() {
      error = nil
      do throws(SystemFailure) { try Segment.holdAsMaker(file, path) } catch let failure {
        error = failure
      }
    }
    let isRemoved = try Segment.removeUnfinished(path, of: other) {
      hold()
      return true
    }
    #expect(isRemoved)
    #expect(unsafe access(path, F_OK) < 0)
    #expect(error?.errno == EWOULDBLOCK, "while it is being removed")
    hold()
    #expect(error?.errno == EWOULDBLOCK, "when it has been removed")
    // Another maker's queue, under the same name.
    let next = unsafe ciq_segment_exclusive(path)
    defer {
      close(next)
      unsafe unlink(path)
    }
    hold()
    #expect(error?.errno == EWOULDBLOCK, "when the name is another's")
    #expect(throws: Never.self) { try Segment.holdAsMaker(next, path) }
    let third = try Segment.open(path)
    defer { close(third) }
    let isNextRemoved = try Segment.removeUnfinished(path, of: third) { true }
    #expect(!isNextRemoved, "a living maker holds it")
  }

  @Test func `nobody can shrink it`() throws {
    let segment = try segment()
    #expect(ftruncate(segment.descriptor, 0) == -1)
    #expect(ftruncate(segment.descriptor, off_t(segment.fileBytes - 1)) == -1)
    var bytes: UInt64 = 0
    #expect(unsafe ciq_segment_length(segment.descriptor, &bytes) == 0)
    #expect(bytes == UInt64(segment.fileBytes))
  }

  @Test func `its descriptor is not inherited by exec`() throws {
    let segment = try segment()
    #expect(fcntl(segment.descriptor, F_GETFD) & FD_CLOEXEC != 0)
  }

  @Test func `mapping and descriptor go with the last reference`() throws {
    // Other tests open descriptors too: the file itself tells.
    weak var gone: Segment?
    var descriptor: CInt = -1
    var before = stat()
    do {
      let segment = try segment()
      gone = segment
      descriptor = segment.descriptor
      #expect(unsafe fstat(descriptor, &before) == 0)
      withExtendedLifetime(segment) {}
    }
    #expect(gone == nil)
    var after = stat()
    if unsafe fstat(descriptor, &after) == 0 {
      #expect(after.st_ino != before.st_ino || after.st_dev != before.st_dev)
    }
  }

  @Test func `a range that cannot be mapped is told`() throws {
    let error = #expect(throws: SystemFailure.self) {
      _ = try Segment.anonymous(
        label: "test", fileBytes: 4 * Self.page, ring: Self.page + 1..<2 * Self.page + 1)
    }
    #expect(error?.errno == EINVAL)
    #expect(error?.call == "mmap")
  }

  @Test func `a file larger than any is told`() throws {
    #expect(throws: SystemFailure.self) {
      _ = try Segment.anonymous(label: "test", fileBytes: .max, ring: 0..<Self.page)
    }
  }

  /// Needs a file system of its own: only root can mount one.
  @Test(.enabled(if: geteuid() == 0)) func `reserving more than there is says so`() throws {
    var template = Array("/tmp/segment-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw Unexpected("mkdtemp: errno \(errno)") }
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { unsafe rmdir(folder) }
    guard unsafe mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else {
      // In a container without that capability there is nothing to see.
      return
    }
    defer { unsafe umount2(folder, CInt(MNT_DETACH)) }
    let file = unsafe open("\(folder)/file", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Unexpected("open: errno \(errno)") }
    let bytes = 1 << 20
    #expect(ftruncate(file, off_t(bytes)) == 0)
    let segment = try Segment(owning: file, fileBytes: bytes, ring: Self.page..<2 * Self.page)
    try segment.reserve(0..<Self.page)
    let error = #expect(throws: SystemFailure.self) { try segment.reserve(0..<bytes) }
    #expect(error?.errno == ENOSPC)
    #expect(error?.call == "posix_fallocate")
    unsafe segment.base.storeBytes(of: 1, as: UInt8.self)
  }
}
