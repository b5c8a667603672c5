import CIterableQueue
import Glibc

/// What this process has of the machine, to find what leaks from round to round.
struct Surroundings: Equatable, CustomStringConvertible {
  let descriptors: Int
  let memoryFiles: Int
  let mappings: Int
  /// Private memory in kilobytes.
  let kilobytes: Int
  let hasChildren: Bool

  init() {
    let files = Self.entries("/proc/self/fd")
    descriptors = files.count
    memoryFiles = files.count { Self.target("/proc/self/fd/\($0)").hasPrefix("/memfd:") }
    let status = Self.text("/proc/self/status")
    mappings = Self.text("/proc/self/maps").count { $0 == "\n" }
    kilobytes =
      status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
      .flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
    var info = unsafe siginfo_t()
    hasChildren = unsafe waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0
  }

  var description: String {
    "\(descriptors) descriptors, \(memoryFiles) memory files, \(mappings) mappings, "
      + "\(kilobytes) kB of private memory"
  }

  private static func entries(_ path: String) -> [String] {
    guard let folder = unsafe opendir(path) else { return [] }
    let own = unsafe "\(dirfd(folder))"
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." && name != own { names.append(name) }
    }
    return names
  }

  private static func target(_ path: String) -> String {
    var bytes = [CChar](repeating: 0, count: 200)
    let count = unsafe readlink(path, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func text(_ path: String) -> String {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    if file < 0 { return "" }
    defer { close(file) }
    var all: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    while case let count = unsafe read(file, &bytes, bytes.count), count > 0 {
      all += bytes[..<count]
    }
    return String(decoding: all, as: UTF8.self)
  }
}
