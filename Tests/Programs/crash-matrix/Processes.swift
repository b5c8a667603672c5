import CIterableQueue
import Glibc

/// What each process of a group does now: its /proc/PID/stat up to the group, and where it waits.
func processes(ofGroup group: pid_t) -> [String] {
  guard let folder = unsafe opendir("/proc") else { return [] }
  defer { unsafe closedir(folder) }
  var lines: [String] = []
  while let entry = unsafe readdir(folder) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
      unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    guard let process = pid_t(name), getpgid(process) == group else { continue }
    let stat = text(of: "/proc/\(process)/stat").split(separator: " ").prefix(5)
    lines.append(
      stat.joined(separator: " ") + ", waits in \(text(of: "/proc/\(process)/wchan")), syscall "
        + text(of: "/proc/\(process)/syscall"))
  }
  return lines
}

/// Whether a process is stopped.
func isStopped(_ process: pid_t) -> Bool { state(of: process) == "T" }

/// Whether a child of a stopped process is stopped too, or has died and nobody has waited for it.
func hasStoppedOrDied(childOf parent: pid_t) -> Bool {
  text(of: "/proc/\(parent)/task/\(parent)/children").split(separator: " ").contains {
    ["T", "Z"].contains(pid_t($0).map(state(of:)) ?? "?")
  }
}

/// The letter in /proc/PID/stat. The process's name must have no space.
private func state(of process: pid_t) -> Substring {
  text(of: "/proc/\(process)/stat").split(separator: " ").dropFirst(2).first ?? "?"
}

private func text(of path: String) -> String {
  let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
  if file < 0 { return "?" }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 600)
  let count = unsafe read(file, &bytes, bytes.count)
  return String(decoding: bytes[..<max(0, count)].filter { $0 != 10 }, as: UTF8.self)
}

/// Runs `body` in a child of this process; the row's name goes before what it throws.
func startChild(_ row: String, _ body: () throws -> Void) throws -> pid_t {
  let child = ciq_fork()
  if child == 0 {
    do {
      try body()
    } catch {
      print("\(row): \(error)")
      ciq_leave(1)
    }
    ciq_leave(0)
  }
  return child
}

/// Waits for a child; what is wrong with its end, in words.
func end(of child: pid_t, _ name: String) -> String {
  var status: CInt = 0
  unsafe waitpid(child, &status, 0)
  return status == 0 ? "" : "\(name) ended with \(status). "
}
