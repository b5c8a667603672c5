import Glibc
import TestSupport

/// A temporary folder with files, which is gone with the instance.
final class TextFolder {
  let path: String
  private var made: [String] = []

  init() throws {
    var name = "/tmp/text-folder-XXXXXX".utf8CString
    path = try unsafe name.withUnsafeMutableBufferPointer {
      guard unsafe mkdtemp($0.baseAddress!) != nil else {
        throw Unexpected("mkdtemp: errno \(errno)")
      }
      return unsafe String(cString: $0.baseAddress!)
    }
  }

  deinit {
    for name in made.reversed() {
      unsafe chmod("\(path)/\(name)", 0o700)
      unsafe remove("\(path)/\(name)")
    }
    unsafe rmdir(path)
  }

  func makeFolder(_ name: String) throws {
    try check(unsafe mkdir("\(path)/\(name)", 0o700), "mkdir")
    made.append(name)
  }

  func makeLink(_ name: String, to target: String) throws {
    try check(unsafe symlink(target, "\(path)/\(name)"), "symlink")
    made.append(name)
  }

  func write(_ bytes: some Collection<UInt8>, to name: String) throws {
    let file = unsafe open("\(path)/\(name)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    try check(file, "open")
    defer { close(file) }
    made.append(name)
    let bytes = Array(bytes)
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(file, $0.baseAddress! + written, bytes.count - written)
      }
      try check(CInt(truncatingIfNeeded: count), "write")
      written += count
    }
  }

  private func check(_ result: CInt, _ call: String) throws {
    if result < 0 { throw Unexpected("\(call): errno \(errno)") }
  }
}
