import Glibc

/// One run of `queue-scenarios` in a process group of its own, with a watchdog.
///
/// Output goes to files without a name, so that neither a full pipe nor a forgotten process that holds one
/// open can block a test. When `run` returns, no process of the group is left.
struct Scenario {
  /// The exit status; -1 if a signal ended it.
  var status: CInt
  /// The signal that ended it, or 0.
  var signal: CInt
  var stdout: String
  var stderr: String
  /// Whether the watchdog had to end it.
  var timedOut: Bool
  /// Processes of the group that were still there when the scenario had ended.
  var leftBehind: [pid_t]

  /// Everything is as a scenario should leave it.
  var succeeded: Bool { status == 0 && !timedOut && leftBehind.isEmpty }

  /// Whether the scenario `name`, which asks what this machine can do, ends with 0.
  static func succeeds(_ name: String) throws -> Bool { try run(name).status == 0 }

  /// Runs the scenario `name`. Blocks the calling thread.
  static func run(
    _ name: String, _ arguments: String..., workers: Workers = .forked,
    watchdog: Duration = .seconds(120)
  ) throws -> Scenario {
    try run(
      program: "queue-scenarios", [name] + arguments,
      environment: ["SCENARIO_WORKERS=\(workers)"], watchdog: watchdog)
  }

  /// How a scenario's workers are started.
  enum Workers: String, CaseIterable, Sendable, CustomStringConvertible {
    case forked, spawned
    var description: String { rawValue }
  }

  /// Runs an executable of this package as a user would. Blocks the calling thread.
  static func run(
    program: String, _ arguments: [String], environment variables: [String] = [],
    watchdog: Duration = .seconds(120)
  ) throws -> Scenario {
    let out = try OutputFile(), err = try OutputFile()
    let child = try spawn(
      [path(of: program)] + arguments, environment + variables, output: out, error: err)
    let deadline = ContinuousClock.now + watchdog
    var timedOut = false
    // The leader stays a zombie until the end, so that its group's number is not used again.
    while !hasEnded(child) && !timedOut {
      usleep(2000)
      timedOut = ContinuousClock.now >= deadline
    }
    var left = ProcessTable.members(of: child)
    if !timedOut {
      // Those that are leaving at this moment may finish.
      let grace = ContinuousClock.now + .seconds(5)
      while !left.isEmpty && ContinuousClock.now < grace {
        usleep(5000)
        left = ProcessTable.members(of: child)
      }
    }
    kill(-child, SIGKILL)
    var state: CInt = 0
    while unsafe waitpid(child, &state, 0) == -1 && errno == EINTR {}
    let signal = state & 0x7f
    return Scenario(
      status: signal == 0 ? state >> 8 & 0xff : -1, signal: signal, stdout: out.text(),
      stderr: err.text(), timedOut: timedOut, leftBehind: left.filter { $0 != child })
  }

  /// Beside the test bundle, whatever the configuration and the scratch path.
  static func path(of program: String) throws -> String {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe readlink("/proc/self/exe", $0.baseAddress!, $0.count)
    }
    guard count > 0 else { throw ScenarioFailure(what: "readlink /proc/self/exe", code: errno) }
    let bundle = String(decoding: buffer[..<count], as: UTF8.self)
    let path = bundle[..<(bundle.lastIndex(of: "/") ?? bundle.endIndex)] + "/\(program)"
    guard unsafe access(String(path), X_OK) == 0 else {
      throw ScenarioFailure(
        what: "\(path) is not there; `swift build --build-tests`", code: errno)
    }
    return String(path)
  }

  /// What a scenario needs of ours. `swift test` asks for backtraces, whose signal handlers would
  /// change how a process dies.
  private static var environment: [String] {
    ["PATH", "HOME", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS"].compactMap {
      (name: String) in
      unsafe getenv(name).map { unsafe "\(name)=\(String(cString: $0))" }
    } + ["SWIFT_BACKTRACE=enable=no"]
  }

  private static func spawn(
    _ arguments: [String], _ environment: [String], output: OutputFile, error: OutputFile
  ) throws -> pid_t {
    var attributes = posix_spawnattr_t()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawnattr_init(&attributes)
    unsafe posix_spawn_file_actions_init(&actions)
    defer {
      unsafe posix_spawnattr_destroy(&attributes)
      unsafe posix_spawn_file_actions_destroy(&actions)
    }
    // The runner's threads may block or ignore signals; a scenario starts with a clean slate.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output.descriptor, STDOUT_FILENO)
    unsafe posix_spawn_file_actions_adddup2(&actions, error.descriptor, STDERR_FILENO)
    var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
    var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer {
      for index in unsafe words.indices { unsafe free(words[index]) }
      for index in unsafe variables.indices { unsafe free(variables[index]) }
    }
    var child: pid_t = 0
    let code = unsafe posix_spawn(&child, words[0]!, &actions, &attributes, &words, &variables)
    guard code == 0 else { throw ScenarioFailure(what: "posix_spawn \(arguments[0])", code: code) }
    return child
  }

  private static func hasEnded(_ child: pid_t) -> Bool {
    var info = unsafe siginfo_t()
    return unsafe waitid(P_PID, id_t(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0
      && info.si_signo == SIGCHLD
  }
}

struct ScenarioFailure: Error, CustomStringConvertible {
  var what: String
  var code: CInt
  var description: String { unsafe "\(what): \(String(cString: strerror(code)))" }
}

/// A file without a name that a scenario writes to.
private final class OutputFile {
  let descriptor: CInt

  init() throws {
    var path = "/tmp/scenario-output-XXXXXX".utf8CString
    descriptor = unsafe path.withUnsafeMutableBufferPointer {
      let file = unsafe mkstemp($0.baseAddress!)
      if file >= 0 { unsafe unlink($0.baseAddress!) }
      return file
    }
    if descriptor < 0 { throw ScenarioFailure(what: "mkstemp", code: errno) }
    // Several processes share the offset, and O_APPEND keeps their lines apart.
    _ = fcntl(descriptor, F_SETFL, O_APPEND)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit { close(descriptor) }

  func text() -> String {
    let length = Int(lseek(descriptor, 0, SEEK_END))
    if length <= 0 { return "" }
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      count = max(0, unsafe pread(descriptor, buffer.baseAddress, length, 0))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
