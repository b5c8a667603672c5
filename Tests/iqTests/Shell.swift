import Glibc
import IterableQueues
import TestSupport

/// What a shell script did that calls `iq` as a user types it.
struct Shell {
  /// The exit status; 128 + signal if a signal ended the shell.
  var status: CInt
  var out: String
  var err: String
  var timedOut = false
  /// What `$Q` was.
  var name = ""

  var lines: [String] {
    out.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  /// Runs `script` with `/bin/bash`. `$Q` is a queue's name of its own, which is taken away in the
  /// end; `$1` and so on are `arguments`; `$T` is an empty folder. No process is left behind.
  static func run(
    _ script: String, _ arguments: String..., input: [UInt8] = [], watchdog: Duration = .seconds(60)
  ) throws -> Shell {
    let name = "iq-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    let folder = "/tmp/\(name)"
    unsafe mkdir(folder, 0o700)
    defer {
      try? QueueName(name).remove()
      removeAll(folder)
    }
    let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
    let run = try ProgramRun.run(
      ["/bin/bash", "-c", script, "bash"] + arguments,
      environment: [
        "Q=\(name)", "T=\(folder)", "PATH=\(ProgramRun.programs):\(path)", "LC_ALL=C.UTF-8",
      ], input: input, watchdog: watchdog, grace: .zero)
    return Shell(
      status: run.signal == 0 ? run.status : 128 + run.signal, out: run.stdout, err: run.stderr,
      timedOut: run.timedOut, name: name)
  }

  private static func removeAll(_ folder: String) {
    guard let entries = unsafe opendir(folder) else { return }
    while let entry = unsafe readdir(entries) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      unsafe unlink("\(folder)/\(name)")
    }
    unsafe closedir(entries)
    unsafe rmdir(folder)
  }
}
