import Glibc

/// One run of a program in a process group of its own, with a watchdog.
///
/// Output goes to files without a name, so that neither a full pipe nor a forgotten process that holds one
/// open can block a test. When `run` returns, no process of the group is left.
package struct ProgramRun: Sendable {
  /// The exit status; -1 if a signal ended it.
  package var status: CInt
  /// The signal that ended it, or 0.
  package var signal: CInt
  package var stdout: String
  package var stderr: String
  /// Whether the watchdog had to end it.
  package var timedOut: Bool
  /// Processes of the group that were still there when the program had ended.
  package var leftBehind: [CInt]

  /// Everything is as a program should leave it.
  package var succeeded: Bool { status == 0 && !timedOut && leftBehind.isEmpty }

  /// Runs a program with `input`, and `variables` beside the few that every program needs. Others of its
  /// group may take `grace` to leave after it. Blocks the calling thread.
  package static func run(
    _ arguments: [String], environment variables: [String] = [], input: [UInt8] = [],
    watchdog: Duration, grace: Duration = .seconds(5)
  ) throws -> ProgramRun {
    let stdin = try UnnamedFile(input), stdout = try UnnamedFile(), stderr = try UnnamedFile()
    let child = try spawn(
      arguments, complete(variables), [stdin.descriptor, stdout.descriptor, stderr.descriptor])
    let deadline = ContinuousClock.now + watchdog
    var timedOut = false
    // The leader stays a zombie until the end, so that its group's number is not used again.
    while !hasEnded(child) && !timedOut {
      usleep(2000)
      timedOut = ContinuousClock.now >= deadline
    }
    var left = ProcessTable.members(of: child)
    if !timedOut {
      let patience = ContinuousClock.now + grace
      while !left.isEmpty && ContinuousClock.now < patience {
        usleep(5000)
        left = ProcessTable.members(of: child)
      }
    }
    kill(-child, SIGKILL)
    var state: CInt = 0
    while unsafe waitpid(child, &state, 0) == -1 && errno == EINTR {}
    let signal = state & 0x7f
    return ProgramRun(
      status: signal == 0 ? state >> 8 & 0xff : -1, signal: signal, stdout: stdout.text,
      stderr: stderr.text, timedOut: timedOut, leftBehind: left.filter { $0 != child })
  }

  /// The folder of this package's executables, which the test bundle is in, whatever the configuration
  /// and the scratch path.
  package static let programs: String = {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
      count = max(0, unsafe readlink("/proc/self/exe", buffer.baseAddress!, buffer.count))
    }
    let bundle = String(decoding: bytes, as: UTF8.self)
    return String(bundle[..<(bundle.lastIndex(of: "/") ?? bundle.endIndex)])
  }()

  /// An executable of this package.
  package static func path(of program: String) throws -> String {
    let path = "\(programs)/\(program)"
    if unsafe access(path, X_OK) == 0 { return path }
    throw Unexpected("\(path) is not there; `swift build --build-tests`")
  }

  /// With what every program needs of ours. `swift test` asks for backtraces, whose signal handlers
  /// would change how a process dies.
  private static func complete(_ variables: [String]) -> [String] {
    ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS"].compactMap {
      (name: String) in
      if variables.contains(where: { $0.hasPrefix("\(name)=") }) { return nil }
      return unsafe getenv(name).map { unsafe "\(name)=\(String(cString: $0))" }
    } + ["SWIFT_BACKTRACE=enable=no"] + variables
  }

  private static func spawn(
    _ arguments: [String], _ environment: [String], _ streams: [CInt]
  ) throws -> pid_t {
    var attributes = posix_spawnattr_t()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawnattr_init(&attributes)
    unsafe posix_spawn_file_actions_init(&actions)
    defer {
      unsafe posix_spawnattr_destroy(&attributes)
      unsafe posix_spawn_file_actions_destroy(&actions)
    }
    // The runner's threads may block or ignore signals; a program starts with a clean slate.
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
    var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer {
      for index in unsafe words.indices { unsafe free(words[index]) }
      for index in unsafe variables.indices { unsafe free(variables[index]) }
    }
    var child: pid_t = 0
    let code = unsafe posix_spawn(&child, words[0]!, &actions, &attributes, &words, &variables)
    if code == 0 { return child }
    throw Unexpected("posix_spawn \(arguments[0]): errno \(code)")
  }

  private static func hasEnded(_ child: pid_t) -> Bool {
    var info = unsafe siginfo_t()
    return unsafe waitid(P_PID, id_t(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0
      && info.si_signo == SIGCHLD
  }
}
