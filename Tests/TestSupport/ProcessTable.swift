import Glibc

/// What /proc says about the processes of this machine.
enum ProcessTable {
  /// The living processes of a group, but for its leader, once that has ended.
  static func members(of group: pid_t) -> [pid_t] {
    processes().filter { $0.group == group && $0.state != "Z" && $0.state != "X" }.map(\.id)
  }

  private static func processes() -> [(id: pid_t, state: Substring, group: pid_t)] {
    guard let folder = unsafe opendir("/proc") else { return [] }
    defer { unsafe closedir(folder) }
    var found: [(pid_t, Substring, pid_t)] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      guard let id = pid_t(name), let stat = text(of: "/proc/\(id)/stat"),
        let parenthesis = stat.lastIndex(of: ")")
      else { continue }
      let fields = stat[stat.index(after: parenthesis)...].split(separator: " ")
      if fields.count > 2, let group = pid_t(fields[2]) { found.append((id, fields[0], group)) }
    }
    return found
  }

  private static func text(of path: String) -> String? {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    if file < 0 { return nil }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe read(file, $0.baseAddress, $0.count)
    }
    return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
  }
}
