import Glibc
import IterableQueues

/// What a shell script did that calls `iq` as a user types it.
struct Shell {
  /// The exit status; 128 + signal if a signal ended the shell.
  var status: CInt
  var out: String
  var err: String
  var timedOut = false

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
    let stdin = try File(input), stdout = try File(), stderr = try File()
    let child = try spawn(
      ["/bin/bash", "-c", script, "bash"] + arguments,
      ["Q=\(name)", "T=\(folder)"], [stdin.descriptor, stdout.descriptor, stderr.descriptor])
    let deadline = ContinuousClock.now + watchdog
    var info = unsafe siginfo_t()
    var isOver = false
    var timedOut = false
    while !isOver && !timedOut {
      // It stays a zombie, so that its group's number is not used again.
      isOver =
        unsafe waitid(P_PID, id_t(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0
        && info.si_signo == SIGCHLD
      timedOut = ContinuousClock.now >= deadline
      if !isOver { usleep(2000) }
    }
    kill(-child, SIGKILL)
    var state: CInt = 0
    while unsafe waitpid(child, &state, 0) == -1 && errno == EINTR {}
    return Shell(
      status: state & 0x7f == 0 ? state >> 8 & 0xff : 128 + state & 0x7f, out: stdout.text,
      err: stderr.text, timedOut: timedOut)
  }

  /// The folder with the executables of this package.
  static let programs: String = {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe readlink("/proc/self/exe", $0.baseAddress!, $0.count)
    }
    let path = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    return String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
  }()

  private static func spawn(
    _ arguments: [String], _ variables: [String], _ streams: [CInt]
  ) throws -> pid_t {
    let inherited = ["HOME", "LD_LIBRARY_PATH", "TMPDIR"].compactMap { (name: String) in
      unsafe getenv(name).map { unsafe "\(name)=\(String(cString: $0))" }
    }
    let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
    let ours = ["PATH=\(programs):\(path)", "SWIFT_BACKTRACE=enable=no", "LC_ALL=C.UTF-8"]
    let environment: [String] = variables + inherited + ours
    var attributes = posix_spawnattr_t()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawnattr_init(&attributes)
    unsafe posix_spawn_file_actions_init(&actions)
    defer {
      unsafe posix_spawnattr_destroy(&attributes)
      unsafe posix_spawn_file_actions_destroy(&actions)
    }
    // The runner's threads may block or ignore signals; a shell starts with a clean slate.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    for (number, stream) in streams.enumerated() {
      unsafe posix_spawn_file_actions_adddup2(&actions, stream, CInt(number))
    }
    var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
    var values = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer {
      for index in unsafe words.indices { unsafe free(words[index]) }
      for index in unsafe values.indices { unsafe free(values[index]) }
    }
    var child: pid_t = 0
    let code = unsafe posix_spawn(&child, words[0]!, &actions, &attributes, &words, &values)
    if code != 0 { throw Failure(what: "posix_spawn", code: code) }
    return child
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

  struct Failure: Error {
    var what: String
    var code: CInt
  }

  /// A file without a name.
  private final class File {
    let descriptor: CInt

    init(_ content: [UInt8] = []) throws {
      var path = "/tmp/iq-test-XXXXXX".utf8CString
      descriptor = unsafe path.withUnsafeMutableBufferPointer {
        let file = unsafe mkstemp($0.baseAddress!)
        if file >= 0 { unsafe unlink($0.baseAddress!) }
        return file
      }
      if descriptor < 0 { throw Failure(what: "mkstemp", code: errno) }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      if unsafe write(descriptor, content, content.count) != content.count {
        throw Failure(what: "write", code: errno)
      }
      lseek(descriptor, 0, SEEK_SET)
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
}
