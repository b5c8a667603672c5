internal import ItemCoding
internal import RingBuffer
internal import SharedMemory
internal import SystemPackage

/// What the queue and its endpoints share in one process: the ring, and how to wait and wake.
final class QueueCore: Sendable {
  let ring: Ring
  let name: String?

  init(ring: Ring, name: String?) {
    self.ring = ring
    self.name = name
  }

  /// Makes an anonymous queue.
  convenience init(
    _ configuration: QueueConfiguration, codec: String, schema: String
  ) throws(QueueError) {
    if configuration.isPersistent {
      throw QueueError(
        .invalidConfiguration, reason: "a queue without a name cannot be persistent",
        advice: "Give it a name, or keep a handle of it")
    }
    let geometry = try configuration.geometry()
    try Self.checkIdentity()
    let description = configuration.description(codec: codec, schema: schema)
    let ring: Ring
    do { ring = try Ring.anonymous(geometry, description) } catch {
      throw Self.error(error, "the queue's memory cannot be made", name: nil)
    }
    self.init(ring: ring, name: nil)
  }

  /// Throws if this process cannot find out who it is.
  static func checkIdentity() throws(QueueError) {
    if ProcessIdentity.current == .nobody {
      throw QueueError(
        .system, reason: "/proc/self/stat cannot be read, which tells one process from another",
        advice: "Mount /proc, and leave a file descriptor free")
    }
  }

  /// Throws unless this process is one of those that the queue's locks and owners can tell apart.
  func checkNamespaces() throws(QueueError) {
    try Self.checkIdentity()
    let here = Namespaces.current
    if here != ring.namespaces {
      throw QueueError(
        .foreignNamespace, queueName: name,
        reason: "this process is in another \(here.pid == ring.namespaces.pid ? "time" : "pid") "
          + "namespace than the one that made the queue, so that neither can tell whether the "
          + "other lives",
        advice: "Run all processes of a queue in one container, or share its pid namespace")
    }
  }

  /// The maximum number of bytes of an encoded item.
  var maxItemBytes: Int { ring.geometry.maxItemBytes }
}

// Waking.
extension QueueCore {
  @inline(__always)
  func wakeConsumers() {
    fence()
    if ring.consumersWait.isAnnounced { ring.consumersWait.wakeOne() }
  }

  func wakeProducers() {
    fence()
    wakeAnnouncedProducer()
  }

  /// A fence must come before.
  @inline(__always)
  private func wakeAnnouncedProducer() {
    if ring.producersWait.isAnnounced && ring.isHalfEmpty { ring.producersWait.wakeOne() }
  }

  /// Passes on a wake-up that was received, because one wakes one.
  func passOnToConsumers() {
    ring.consumersWait.announce(at: .passOnToConsumers)
    fence()
    if ring.hasSomethingToTake || ring.lifecycle.isEnded { ring.consumersWait.wakeOne() }
  }

  func passOnToProducers() {
    ring.producersWait.announce(at: .passOnToProducers)
    wakeProducers()
  }

  @inline(__always)
  func wakeAcknowledged() {
    fenceAfterExchange()
    if ring.acknowledgedWait.isAnnounced { wakeAcknowledgedIfDrained() }
  }

  @inline(never)
  private func wakeAcknowledgedIfDrained() {
    if ring.isDrained { ring.acknowledgedWait.wakeAnnounced() }
  }

  /// After the get lock was released: an item was taken, and the one before it acknowledged.
  @inline(__always)
  func wakeAfterTake() {
    fenceAfterExchange()
    wakeAnnouncedProducer()
    if ring.acknowledgedWait.isAnnounced { wakeAcknowledgedIfDrained() }
  }

  /// After the put lock was released.
  @inline(__always)
  func wakeAfterPut() {
    fenceAfterExchange()
    if ring.consumersWait.isAnnounced { ring.consumersWait.wakeOne() }
  }

  func wakeAll() {
    ring.consumersWait.wakeAll()
    ring.producersWait.wakeAll()
    ring.acknowledgedWait.wakeAll()
  }

  func tell(_ change: Ring.RegistryChange) {
    if change.leftItem { wakeConsumers() }
    if change.wakesAll { wakeAll() }
  }
}

// Reaping.
extension QueueCore {
  /// Frees what dead processes left, if nobody did for `pause` nanoseconds and the registry is free.
  /// Returns whether it was this process's turn.
  @discardableResult
  func reapInTurn(after pause: UInt64 = Ring.reapInterval) -> Bool {
    if !ring.takesTurnToReap(at: .now, after: pause) { return false }
    if case .success(let change) = ring.reap(.once, thoroughly: false) { tell(change) }
    if ring.repairInTurn() { wakeConsumers() }
    return true
  }

  func reap(_ patience: RobustMutex.Patience) throws(QueueError) {
    switch ring.reap(patience) {
    case .success(let change): tell(change)
    case .failure(let error): throw refused(error.refusal)
    }
  }

  /// The end of a waiter's next slice of sleep.
  func slice(until deadline: Deadline) -> Deadline {
    min(deadline, Deadline(nanoseconds: Deadline.now.nanoseconds + Ring.reapInterval))
  }
}

// Errors.
extension QueueCore {
  /// A refusal in the user's words.
  func refused(_ refusal: Refusal) -> QueueError {
    switch refusal {
    case .closed:
      QueueError(
        .endpointClosed, queueName: name,
        reason: "the endpoint is closed, by close() or because its process was found dead",
        advice: "Make a new one")
    case .takenBy(let process):
      QueueError(
        .handedOver, queueName: name,
        reason: "process \(process.processIdentifier) has the endpoint now",
        advice: "Make an endpoint for each process before it is forked")
    case .cancelled:
      QueueError(.cancelled, queueName: name, reason: "the queue was cancelled")
    case .lockTimedOut: timedOut("a process that holds the queue's lock is stopped or very slow")
    case .corrupted(let what):
      QueueError(
        .corrupted, queueName: name, reason: "the shared memory is damaged: \(what.rawValue)",
        advice: "Make a new queue, and look for a process that writes where it should not")
    }
  }

  func timedOut(_ reason: String) -> QueueError {
    QueueError(.timedOut, queueName: name, reason: reason)
  }

  func noConsumers(_ what: String) -> QueueError {
    QueueError(
      .noConsumers, queueName: name,
      reason:
        "\(what) would wait for ever: no consumer is left, and the queue is closed or the last ones died",
      advice: "Make consumers before close(), or start new ones when workers die")
  }

  func itemTooLarge(_ bytes: Int) -> QueueError {
    QueueError(
      .itemTooLarge, queueName: name,
      reason: "the item takes \(bytes) bytes, the limit is \(maxItemBytes) bytes",
      advice: "Raise QueueConfiguration.maxItemBytes, or put the item in pieces")
  }

  func failed(_ failure: SystemFailure, _ what: String) -> QueueError {
    Self.error(failure, what, name: name)
  }

  static func error(_ failure: SystemFailure, _ what: String, name: String?) -> QueueError {
    let cause = Errno(rawValue: failure.errno)
    switch cause {
    case .noSpace, .noMemory:
      return QueueError(
        .noSpace, queueName: name, reason: "\(what): \(failure.call) found no space",
        advice:
          "Free memory, raise the limit (of the container, or RLIMIT_AS, `ulimit -v`), or choose a smaller ringBytes or maxItemBytes",
        cause: cause)
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
      return QueueError(
        .system, queueName: name, reason: "\(what): \(failure.call) found no free descriptor",
        advice: "Close files that are not needed, or raise RLIMIT_NOFILE (`ulimit -n`)",
        cause: cause)
    case .fileTooLarge:
      return QueueError(
        .system, queueName: name,
        reason: "\(what): it would be larger than this process's files may be",
        advice:
          "Raise RLIMIT_FSIZE (`ulimit -f`), or choose smaller deadLetterBytes, maxEndpoints or maxItemBytes",
        cause: cause)
    default:
      return QueueError(
        .system, queueName: name, reason: "\(what): \(failure.call) failed", cause: cause)
    }
  }
}
