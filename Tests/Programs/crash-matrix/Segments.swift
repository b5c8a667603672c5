import Glibc

/// The anonymous segments that this process has open.
enum Segments {
  /// The descriptor of the newest one.
  static func descriptors() throws -> [CInt] {
    var found: [CInt] = []
    for descriptor in CInt(3)..<256 {
      var target = [UInt8](repeating: 0, count: 256)
      let count = unsafe target.withUnsafeMutableBytes {
        unsafe readlink("/proc/self/fd/\(descriptor)", $0.baseAddress!, $0.count)
      }
      guard count > 0 else { continue }
      if String(decoding: target[..<count], as: UTF8.self).hasPrefix("/memfd:IterableQueue") {
        found.append(descriptor)
      }
    }
    return found.last.map { [$0] } ?? []
  }
}
