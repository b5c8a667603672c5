internal import SharedMemory
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#endif

extension Worker {
  /// Forks a process that runs `body` with `endpoints`, which belong to it from then on.
  ///
  /// When `body` returns, the endpoints, and those that it captured and used, are closed and the process leaves with status 0. When it
  /// throws, they are abandoned, so that an item in its hands is delivered to another consumer, and
  /// `wait()` throws a `WorkerError` with the error's description. The process leaves by `_exit`
  /// after flushing stdio: it runs nothing that was registered with `atexit`. It inherits signal
  /// dispositions, open files and everything else.
  ///
  /// Throws a `QueueError`: `multithreadedFork` if this process has more than one thread (see
  /// `Options.allowsThreads`), `busy` if another thread is using an endpoint, `handedOver` or
  /// `endpointClosed` if an endpoint is not this process's any more, `system` if the kernel refuses.
  /// Then the endpoints are still the caller's. The C function is `fork`.
  public static func fork<each E: Endpoint>(
    _ endpoints: repeat each E, options: Options = Options(),
    body: (repeat each E) throws -> Void
  ) throws -> Worker {
    try fork(index: nil, repeat each endpoints, options: options, body: body)
  }

  static func fork<each E: Endpoint>(
    index: Int?, _ endpoints: repeat each E, options: Options,
    body: (repeat each E) throws -> Void
  ) throws -> Worker {
    if !options.allowsThreads { try refuseThreads() }
    var cores: [EndpointCore] = []
    repeat cores.append((each endpoints).endpointCore)
    for core in cores { try core.prepareForHandOver() }

    let process: ChildProcess
    do {
      process = try ChildProcess.fork(diesWithParent: options.diesWithParent) { child in
        WorkerError.label(name: options.name, index: index, processIdentifier: child)
      } body: { lastWords in
        run(with: cores, sayingTo: lastWords) { try body(repeat each endpoints) }
      }
    } catch {
      throw QueueError(
        .system, reason: "no worker can be made: \(error.call) failed",
        advice: "Wait for workers that have ended, or raise RLIMIT_NPROC (`ulimit -u`), RLIMIT_AS, "
          + "or the container's limits of processes and memory",
        cause: Errno(rawValue: error.errno))
    }
    let worker = Worker(process: process, name: options.name, index: index)
    try handOver(cores, to: worker)
    return worker
  }

  /// What happens in the child. Returns its exit status.
  private static func run(
    with cores: [EndpointCore], sayingTo lastWords: LastWords, body: () throws -> Void
  ) -> CInt {
    ClaimedEndpoints.startRecording()
    do {
      for core in cores { try core.claim() }
      try body()
      ClaimedEndpoints.settle(isSuccess: true)
      return EXIT_SUCCESS
    } catch {
      // First of all: giving the endpoints back may take time, in which it could be killed.
      lastWords.say(String(describing: error))
      ClaimedEndpoints.settle(isSuccess: false)
      return EXIT_FAILURE
    }
  }

  static func handOver(_ cores: [EndpointCore], to worker: Worker) throws(QueueError) {
    CrashPoint.reach(.handOverBegin)  // the child may have run, and claimed them
    for core in cores {
      do throws(QueueError) {
        try core.handOver(to: worker.process.identity)
      } catch  where error.code == .endpointClosed {
        // The child was quick: it has claimed the endpoint, and closed it, already.
      } catch  where error.code == .handedOver {
        // It has claimed the endpoint, and handed it to a worker of its own. If another thread of
        // this process gave it away instead, the child's own claim says so.
      } catch {
        worker.kill()
        try? worker.wait()
        throw error
      }
    }
  }

  private static func refuseThreads() throws {
    let count: Int
    do {
      count = try ChildProcess.threadCount()
    } catch {
      throw QueueError(
        .system, reason: "this process's threads cannot be counted: \(error.call) failed",
        advice: "Leave a file descriptor free, or set `allowsThreads` if you know that there is "
          + "only one",
        cause: Errno(rawValue: error.errno))
    }
    if count > 1 {
      throw QueueError(
        .multithreadedFork,
        reason: "this process has \(count) threads, and only the one that forks would exist in "
          + "the worker, where locks that the others hold stay locked for ever",
        advice: "In an `async` main, fork before the first `await`. Otherwise spawn an executable, "
          + "or set `allowsThreads` if you know that the worker needs none of those locks")
    }
  }
}
