internal import SharedMemory

#if canImport(Glibc)
  internal import Glibc
#endif

/// How a worker failed: which worker, how it ended, and what it said at last.
///
/// Print the error to read it:
/// `worker 3 "ranker" (pid 4711) threw: the page is empty`, or
/// `worker (pid 4711) was killed by signal 11 (SIGSEGV)`.
public struct WorkerError: Error, Hashable, Sendable {
  /// How a process ended, as its parent sees it.
  public enum Ending: Hashable, Sendable {
    /// It left by itself. A worker whose closure threw leaves with status 1.
    case exited(status: CInt)
    /// A signal ended it: its own, as after `fatalError`, or one that was sent to it.
    case killed(signal: CInt, coreDumped: Bool)
    /// It has ended, and how cannot be known: something else in this program has waited for it, or
    /// the program ignores SIGCHLD, so that the kernel forgets children at once.
    case reapedElsewhere
    /// It is a child of another process, and only that one can wait for it.
    case childOfAnotherProcess(CInt)
  }

  /// The name given in `Worker.Options`.
  public var name: String?
  /// The worker's place in its group, counted from 0; nil without a group.
  public var index: Int?
  /// The number that the worker's process had.
  public var processIdentifier: CInt
  /// How it ended.
  public var ending: Ending
  /// The description of the error that the worker threw, its first 4,000 bytes; nil if it threw
  /// none.
  public var message: String?

  package init(
    name: String?, index: Int?, processIdentifier: CInt, ending: Ending, message: String?
  ) {
    self.name = name
    self.index = index
    self.processIdentifier = processIdentifier
    self.ending = ending
    self.message = message
  }
}

extension WorkerError: CustomStringConvertible {
  public var description: String {
    let worker = Self.label(name: name, index: index, processIdentifier: processIdentifier)
    guard let message else { return "\(worker) \(ending)" }
    if ending == .exited(status: EXIT_FAILURE) || ending == .reapedElsewhere {
      return "\(worker) threw: \(message)"
    }
    return "\(worker) threw: \(message); then it \(ending)"
  }

  static func label(name: String?, index: Int?, processIdentifier: CInt) -> String {
    var text = "worker"
    if let index { text += " \(index)" }
    if let name { text += " \"\(name)\"" }
    return text + " (pid \(processIdentifier))"
  }
}

extension WorkerError.Ending: CustomStringConvertible {
  /// What follows "worker 3" in a sentence.
  public var description: String {
    switch self {
    case .exited(let status):
      return "left with exit status \(status)"
    case .killed(let signal, let coreDumped):
      let name = signalName(signal).map { " (\($0))" } ?? ""
      return "was killed by signal \(signal)\(name)\(coreDumped ? " and dumped core" : "")"
    case .reapedElsewhere:
      return "has ended, but how is not known: something else in this program has waited for it, "
        + "or the program ignores SIGCHLD"
    case .childOfAnotherProcess(let parent):
      return "is a child of process \(parent), and only that one can wait for it"
    }
  }
}
