package import CIterableQueue

#if canImport(Glibc)
  internal import Glibc
#endif

extension ChildProcess {
  /// The number of this process's threads, without those that await discarded children.
  package static func threadCount() throws(SystemFailure) -> Int {
    var threads: UInt64 = 0
    try unsafe SystemFailure.check(ciq_count_threads(&threads), "/proc/self/task")
    return Int(threads)
  }

  /// Forks. The child runs `body`, which returns its exit status, and leaves with `_exit` after
  /// flushing stdio. `label` names the child whose number it is given. The C function is `fork`.
  package static func fork(
    diesWithParent: Bool, label: (pid_t) -> String, body: (LastWords) -> CInt
  ) throws(SystemFailure) -> ChildProcess {
    let lastWords = try LastWords()
    let parent = ProcessIdentity.current.processIdentifier
    let child = ciq_fork()
    if child < 0 { throw SystemFailure(errno: -child, call: "fork") }
    if child > 0 {
      return ChildProcess(processIdentifier: child, label: label(child), lastWords: lastWords)
    }
    if diesWithParent {
      let error = ciq_die_with_parent(SIGKILL, parent)
      // The parent has gone before the kernel could be told: this is what it would have done.
      if error == ESRCH { kill(getpid(), SIGKILL) }
      if error != 0 {
        lastWords.say("prctl(PR_SET_PDEATHSIG) failed with errno \(error)")
        ciq_leave(EXIT_FAILURE)
      }
    }
    ciq_leave(body(lastWords))
  }
}
