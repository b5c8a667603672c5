internal import SharedMemory

#if canImport(Glibc)
  internal import Glibc
#endif

/// Who belongs to a group, who is still running, who failed in which order. Without any waiting.
struct WorkerMembers {
  private(set) var workers: [Worker] = []
  private(set) var running: [Worker] = []
  private(set) var failures: [WorkerError] = []
  /// When those that have been told to end are killed.
  private(set) var killTime = Deadline.never
  /// The indices of those that have been told to end.
  private var toldToEnd: Set<Int> = []

  mutating func add(_ worker: Worker) {
    workers.append(worker)
    running.append(worker)
  }

  /// Notices who has ended since the last look.
  mutating func look() {
    var ended: [(time: Deadline, failure: WorkerError)] = []
    running.removeAll { worker in
      guard let end = worker.process.endIfKnown() else { return false }
      if let failure = worker.failure(of: end) {
        ended.append((Self.time(of: end, of: worker), failure))
      }
      return true
    }
    ended.sort { ($0.time, $0.failure.index ?? 0) < ($1.time, $1.failure.index ?? 0) }
    failures += ended.map(\.failure)
  }

  /// When a worker failed, as far as can be known: a death that we asked for is the consequence of
  /// something earlier, any other without words may be the cause of the errors that others threw.
  private static func time(of end: ChildEnd, of worker: Worker) -> Deadline {
    if case .killed(let signal, _) = end, worker.process.wasSent(signal) { return .never }
    return worker.process.lastWords.heard()?.at ?? Deadline(nanoseconds: 0)
  }

  /// Says that the caller has been told of all failures.
  func markAwaited() {
    for worker in workers where worker.process.hasEnded { worker.process.markAwaited() }
  }

  func send(_ signal: CInt) {
    for worker in running { worker.process.send(signal) }
  }

  /// Tells each running worker to end, once; kills those that have not when the time has passed.
  mutating func stop(gracePeriod: Duration) {
    for worker in running where toldToEnd.insert(worker.index ?? 0).inserted {
      worker.terminate()
      killTime = min(killTime, Deadline(after: gracePeriod))
    }
    if running.isEmpty {
      killTime = .never
    } else if killTime.isPast {
      send(SIGKILL)
      killTime = .never
    }
  }
}
