internal import SharedMemory

#if canImport(Glibc)
  internal import Glibc
#endif

/// Workers that are waited for, and fail, together.
///
/// ```swift
/// let workers = WorkerGroup()
/// try workers.fork(count: 13) {
///   (try pages.makeConsumer(), try scores.makeProducer())
/// } body: { pages, scores in
///   for page in pages { try scores.put(rank(page)) }
/// }
/// try workers.wait()
/// ```
///
/// Any thread may use it. The group belongs to the process that made it: in a worker it has no
/// members, and to fork by it or to wait for it is an error. A group that goes without `wait()` leaves each worker as a
/// discarded `Worker`.
@safe public final class WorkerGroup: @unchecked Sendable {
  /// Whether the first failure ends the other workers.
  public let failFast: Bool
  /// How long they have from SIGTERM to SIGKILL.
  public let gracePeriod: Duration
  private let creator = ProcessIdentity.current
  private let lock = HandleLock()
  // Under the lock.
  private var members = WorkerMembers()

  /// Makes an empty group.
  ///
  /// With `failFast`, the first worker that fails ends the others: they get SIGTERM, and SIGKILL
  /// when `gracePeriod` has passed. The group has no thread of its own, so that workers can be
  /// forked: it looks after them while some thread is in `wait()`, and when one asks for `failures`
  /// or `isRunning`. A parent that takes results first ends the others only after that, or as soon as
  /// it asks.
  public init(failFast: Bool = false, gracePeriod: Duration = .seconds(5)) {
    self.failFast = failFast
    self.gracePeriod = gracePeriod
  }

  /// The workers forked so far, in that order.
  public var workers: [Worker] { withMembers([]) { $0.workers } }

  /// The failures known now, the first in time first; `wait()` says what is known of the order.
  public var failures: [WorkerError] {
    withMembers([]) {
      look(at: &$0)
      $0.markAwaited()
      return $0.failures
    }
  }

  /// Whether a worker has not ended yet. Does not wait.
  public var isRunning: Bool {
    withMembers(false) {
      look(at: &$0)
      return !$0.running.isEmpty
    }
  }

  /// Waits until every worker has ended, also those that are forked meanwhile; then throws the
  /// first failure in time, as a `WorkerError`. `failures` has the others.
  ///
  /// Of failures that were found at one look, a death without last words counts as earlier than a
  /// thrown error, since the errors of others may be its consequence; a death by a signal that was
  /// sent by this group, or by `terminate()` and `kill()`, comes last. The C functions are
  /// `pidfd_open`, `poll` and `waitid`.
  public func wait() throws {
    try refuseInChild()
    var children = ChildPoll()
    while true {
      let (running, deadline) = withMembers(([ChildProcess](), Deadline.never)) {
        look(at: &$0)
        return ($0.running.map(\.process), $0.killTime)
      }
      if running.isEmpty { break }
      // Not for ever: another thread may fork a worker, or end this group, at any time.
      children.wait(for: running, until: min(deadline, Deadline(after: .milliseconds(100))))
    }
    if let first = failures.first { throw first }
  }

  /// Asks every worker to end, by SIGTERM.
  public func terminate() { withMembers(()) { $0.send(SIGTERM) } }

  /// Ends every worker, by SIGKILL.
  public func kill() { withMembers(()) { $0.send(SIGKILL) } }

  /// Notices who has ended, and lets the others end if the group fails fast.
  private func look(at members: inout WorkerMembers) {
    members.look()
    if failFast && !members.failures.isEmpty { members.stop(gracePeriod: gracePeriod) }
  }

  /// Forks one worker, which becomes the next member. In the worker, `fork` does not return.
  func add(_ fork: (_ index: Int) throws -> Worker) throws -> Worker {
    try refuseInChild()
    _ = lock.lock()
    defer { lock.unlock() }
    let worker = try fork(members.workers.count)
    members.add(worker)
    return worker
  }

  private func refuseInChild() throws {
    if creator == .current { return }
    throw QueueError(
      .handedOver,
      reason: "this WorkerGroup belongs to process \(creator.processIdentifier), and this is "
        + "another one",
      advice: "Make a WorkerGroup in this process")
  }

  private func withMembers<Result>(
    _ inherited: Result, _ body: (inout WorkerMembers) -> Result
  ) -> Result {
    // In a child of fork the members may be half a change of another thread.
    if creator != .current { return inherited }
    _ = lock.lock()
    defer { lock.unlock() }
    return body(&members)
  }
}
