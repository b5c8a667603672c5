import Glibc

/// A file without a name, for a program's input and output.
final class UnnamedFile {
  let descriptor: CInt

  init(_ content: [UInt8] = []) throws {
    var path = "/tmp/iterable-queue-test-XXXXXX".utf8CString
    descriptor = unsafe path.withUnsafeMutableBufferPointer {
      let file = unsafe mkstemp($0.baseAddress!)
      if file >= 0 { unsafe unlink($0.baseAddress!) }
      return file
    }
    if descriptor < 0 { throw Unexpected("mkstemp: errno \(errno)") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    if unsafe write(descriptor, content, content.count) != content.count {
      throw Unexpected("write: errno \(errno)")
    }
    lseek(descriptor, 0, SEEK_SET)
    // Several processes share the offset, and O_APPEND keeps their lines apart.
    _ = fcntl(descriptor, F_SETFL, O_APPEND)
  }

  deinit { close(descriptor) }

  var text: String {
    let length = Int(lseek(descriptor, 0, SEEK_END))
    if length <= 0 { return "" }
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      count = max(0, unsafe pread(descriptor, buffer.baseAddress, length, 0))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
