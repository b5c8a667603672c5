package import CIterableQueue
package import SharedMemory

#if canImport(Glibc)
  import Glibc
#endif

/// A process that a test starts, and ends.
package struct Child: ~Copyable {
  package let processIdentifier: pid_t
  package var identity: ProcessIdentity { ProcessIdentity(child: processIdentifier) }

  package init(_ command: String, _ argument: String? = nil) throws {
    var pid: pid_t = 0
    let texts = [command] + (argument.map { [$0] } ?? [])
    var arguments = unsafe texts.map { unsafe strdup($0) } + [nil]
    let error = unsafe posix_spawn(&pid, command, nil, nil, &arguments, environ)
    unsafe arguments.forEach { unsafe free($0) }
    guard error == 0 else { throw Unexpected("\(command): errno \(error)") }
    processIdentifier = pid
  }

  /// Waits until it has ended, and leaves it a zombie.
  package func awaitEnd() {
    var end = ciq_child_end()
    _ = unsafe ciq_child_wait(processIdentifier, 1, 1, &end)
  }

  package func stop() {
    _ = Glibc.kill(processIdentifier, SIGSTOP)
    var status: CInt = 0
    while unsafe waitpid(processIdentifier, &status, WUNTRACED) == -1 && errno == EINTR {}
  }

  package func kill() {
    _ = Glibc.kill(processIdentifier, SIGKILL)
    awaitEnd()
  }

  deinit {
    _ = Glibc.kill(processIdentifier, SIGKILL)
    var status: CInt = 0
    while unsafe waitpid(processIdentifier, &status, 0) == -1 && errno == EINTR {}
  }
}
