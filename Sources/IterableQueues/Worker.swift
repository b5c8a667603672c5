internal import SharedMemory

#if canImport(Glibc)
  internal import Glibc
#endif

/// A child process that runs a closure with endpoints of its own.
///
/// ```swift
/// let worker = try Worker.fork(pages.makeConsumer(), scores.makeProducer()) { pages, scores in
///   for page in pages { try scores.put(rank(page)) }
/// }
/// try worker.wait()
/// ```
///
/// Wait for every worker: `wait` throws what it threw, or says how it died. When the last copy of a
/// `Worker` goes and nobody has waited, the process still leaves no zombie, and if it fails, one
/// line on standard error says how; unless it died by a signal that was sent with `terminate()` or
/// `kill()`.
///
/// Any thread may use it. A process forked later inherits it, but has nothing to say: there `wait`
/// throws a `WorkerError`, and signals are not sent.
public struct Worker: Sendable {
  let process: ChildProcess
  /// The name given in the options.
  public let name: String?
  /// Its place in its group, counted from 0; nil without a group.
  public let index: Int?

  init(process: ChildProcess, name: String?, index: Int?) {
    self.process = process
    self.name = name
    self.index = index
  }

  /// How a worker is made.
  public struct Options: Sendable {
    /// What errors call the worker.
    public var name: String?
    /// Whether the kernel kills the worker (SIGKILL) when its parent ends, in whatever way.
    ///
    /// The parent is the *thread* that forks or spawns: if it ends earlier than its process, the worker
    /// dies with it. Start such workers from the main thread.
    ///
    /// A forked worker has this from its first moment. A spawned program asks the kernel for it itself,
    /// since `posix_spawn` cannot: when it enters `Worker.run` or takes up its first endpoint, and if
    /// its parent has gone by then, it ends there. Begin the program with one of them. A program that
    /// does neither, not being of this library, lives on; so does what a worker starts in turn without
    /// this option. The C function is `prctl(PR_SET_PDEATHSIG)`.
    public var diesWithParent: Bool
    /// Whether to fork although this process has several threads.
    ///
    /// Only the forking thread exists in the child. A lock that another thread holds at that
    /// moment, in this program or in a library, stays locked there for ever. Say true only if you
    /// know that the worker needs no such lock.
    public var allowsThreads: Bool

    /// Makes options: by default a worker without a name that outlives its parent, forked only by a
    /// process with one thread.
    public init(name: String? = nil, diesWithParent: Bool = false, allowsThreads: Bool = false) {
      self.name = name
      self.diesWithParent = diesWithParent
      self.allowsThreads = allowsThreads
    }
  }

  /// The process's number. It may be another process's once the worker has been waited for.
  public var processIdentifier: CInt { process.processIdentifier }

  /// Whether the process has not ended yet. Does not wait.
  public var isRunning: Bool {
    process.isOurs ? process.endIfKnown() == nil : !Liveness().isDead(process.identity)
  }

  /// Waits until the worker has ended, however often it is called, and from any thread.
  ///
  /// Throws a `WorkerError` if the worker threw, left with another status than 0, or was killed; also
  /// if the caller killed it. The C function is `waitid`.
  public func wait() throws {
    let end = try owned().waitForEnd()
    process.markAwaited()
    if let failure = failure(of: end) { throw failure }
  }

  /// Waits until the worker has ended, but no longer than `timeout`.
  ///
  /// Throws a `QueueError` with code `timedOut` if it is still running then, and otherwise what
  /// `wait()` throws. The C functions are `pidfd_open`, `poll` and `waitid`.
  public func wait(timeout: Duration) throws {
    guard let end = try owned().waitForEnd(until: Deadline(after: timeout)) else {
      throw QueueError(
        .timedOut, reason: "\(process.label) is still running after \(timeout)",
        advice: "Wait again, or end it with terminate() or kill()")
    }
    process.markAwaited()
    if let failure = failure(of: end) { throw failure }
  }

  /// Asks the worker to end, by SIGTERM. Does nothing if it has ended.
  public func terminate() { process.send(SIGTERM) }

  /// Ends the worker, by SIGKILL. Does nothing if it has ended. An item that it holds is delivered
  /// to another consumer.
  public func kill() { process.send(SIGKILL) }

  private func owned() throws -> ChildProcess {
    if process.isOurs { return process }
    throw error(.childOfAnotherProcess(process.creator.processIdentifier))
  }

  /// The error that tells of `end`; nil for a success.
  func failure(of end: ChildEnd) -> WorkerError? {
    let message = process.lastWords.heard()?.text
    switch end {
    case .exited(status: EXIT_SUCCESS) where message == nil: return nil
    case .exited(let status): return error(.exited(status: status), message)
    case .killed(let signal, let coreDumped):
      return error(.killed(signal: signal, coreDumped: coreDumped), message)
    case .reapedElsewhere: return error(.reapedElsewhere, message)
    }
  }

  private func error(_ ending: WorkerError.Ending, _ message: String? = nil) -> WorkerError {
    WorkerError(
      name: name, index: index, processIdentifier: processIdentifier, ending: ending,
      message: message)
  }
}
