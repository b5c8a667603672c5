import Glibc

/// A file or folder that could not be read.
struct Problem: Codable, Sendable {
  var path: [UInt8]
  var errno: CInt

  var description: String {
    "\(String(decoding: path, as: UTF8.self)): \(unsafe String(cString: strerror(errno)))"
  }
}
