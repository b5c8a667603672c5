internal import RingBuffer
internal import SharedMemory
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#endif

extension OpenQueue {
  /// Makes a queue under a name, replacing one that the dead have left.
  static func creating(
    _ name: QueueName, _ configuration: QueueConfiguration, codec: String, schema: String,
    isVisibleEarly: Bool = false
  ) throws(QueueError) -> OpenQueue {
    let geometry = try configuration.geometry()
    try QueueCore.checkIdentity()
    do throws(CreateFailure) {
      let made = try Ring.create(
        at: name.path, geometry, configuration.description(codec: codec, schema: schema),
        permissions: UInt32(configuration.permissions.rawValue), isVisibleEarly: isVisibleEarly)
      return OpenQueue(core: .named(name, made.ring), handle: made.handle)
    } catch {
      switch error {
      case .exists:
        throw QueueError(
          .alreadyExists, queueName: name.description,
          reason: "there is a queue of that name, and it is in use, or persistent",
          advice: "Attach to it, remove it, or choose another name")
      case .taken(let failure):
        let why = QueueCore.error(failure, name)
        throw QueueError(
          .alreadyExists, queueName: name.description,
          reason: "the name is taken, and cannot be taken away: \(why.reason)",
          advice: "Look at \(name.path), or choose another name", cause: why.cause)
      case .system(let failure):
        throw QueueCore.error(failure, "the queue cannot be made", name: name.description)
      }
    }
  }

  /// Finds the queue of that name, if need be as soon as there is one.
  static func attaching(
    _ name: QueueName, codec: String?, schema: String?, ownedBy owner: QueueOwner,
    timeout: Duration?
  ) throws(QueueError) -> OpenQueue {
    try QueueCore.checkIdentity()
    let deadline = timeout.map { Deadline(after: $0) } ?? Deadline(nanoseconds: 0)
    var pause: UInt32 = 500
    while true {
      do throws(QueueError) {
        return try attachNow(name, codec: codec, schema: schema, ownedBy: owner, deadline)
      } catch {
        guard [.notFound, .abandoned].contains(error.code), !deadline.isPast else { throw error }
      }
      let left = deadline.nanoseconds - min(deadline.nanoseconds, Deadline.now.nanoseconds)
      usleep(UInt32(min(UInt64(pause), left / 1000 + 1)))
      pause = min(pause * 2, 20_000)
    }
  }

  private static func attachNow(
    _ name: QueueName, codec: String?, schema: String?, ownedBy owner: QueueOwner,
    _ deadline: Deadline
  ) throws(QueueError) -> OpenQueue {
    while true {
      let core = try QueueCore.looking(at: name, codec: codec, schema: schema, ownedBy: owner)
      switch core.ring.registerByName(
        deadline.nanoseconds == 0 ? .forever : .until(deadline))
      {
      case .registered(let handle): return OpenQueue(core: core, handle: handle)
      // Another queue may have the name by now; or none, and then that is the answer.
      case .retired where core.ring.segment.hasName:
        throw core.permissionDenied(
          "the queue was removed, but its name cannot be taken away by this user")
      case .retired: continue
      case .abandoned:
        throw QueueError(
          .abandoned, queueName: name.description,
          reason: "the processes that used the queue are all dead",
          advice: "Make a new queue under this name: it replaces the old one")
      case .tooMany: throw core.tooManyHandles()
      case .refused(let refusal): throw core.refused(refusal)
      }
    }
  }
}

extension QueueCore {
  static func named(_ name: QueueName, _ ring: Ring) -> QueueCore {
    let core = QueueCore(ring: ring, name: name.description)
    NamesAtExit.watch(core)
    return core
  }

  /// Maps a queue without being counted among its users.
  static func looking(
    at name: QueueName, codec: String?, schema: String?, ownedBy owner: QueueOwner
  ) throws(QueueError) -> QueueCore {
    do throws(AttachFailure) {
      let descriptor = try Ring.openFile(name.path, owner: owner.user)
      let ring = try Ring.attach(
        owning: descriptor, codec: codec, schema: schema, path: name.path)
      return .named(name, ring)
    } catch {
      throw Self.error(error, name)
    }
  }

  func tooManyHandles() -> QueueError {
    QueueError(
      .tooManyEndpoints, queueName: name,
      reason: "the queue has \(ring.geometry.maxHandles) open handles, as many as it may have",
      advice: "Let go of IterableQueue instances that are not needed")
  }

  func permissionDenied(_ reason: String) -> QueueError {
    QueueError(
      .permissionDenied, queueName: name, reason: reason,
      advice: "Ask the owner, or remove the file as that user")
  }

  /// Why what has the name is not a queue that this process can use.
  static func error(_ failure: AttachFailure, _ name: QueueName) -> QueueError {
    if case .system(let failure) = failure, [EACCES, EPERM].contains(failure.errno) {
      return refusal(name, failure)
    }
    return error(failure, what: name.path, name: name.description)
  }

  /// The same for any file, which the error calls `path`.
  static func error(_ failure: AttachFailure, what path: String, name: String?) -> QueueError {
    func error(_ code: QueueError.Code, _ reason: String, _ advice: String? = nil) -> QueueError {
      QueueError(code, queueName: name, reason: reason, advice: advice)
    }
    switch failure {
    case .notReady:
      return error(
        .notFound, "the queue's creator has not finished, or died before it had",
        "Wait for it with a timeout, or create the queue")
    case .foreign:
      return error(
        .foreignFile, "\(path) does not begin as a queue does", "Choose another name")
    case .notRegular(let what):
      return error(
        .foreignFile, "\(path) is \(what), and a queue is a regular file", "Choose another name")
    case .otherUser(let user):
      return error(
        .permissionDenied,
        "\(path) belongs to user \(user), and a queue of user \(geteuid()) was expected",
        "If that user is to be trusted, attach with `ownedBy: .user(\(user))`")
    case .version(let version):
      return error(
        .incompatibleLayout,
        "the queue has layout \(version), and this program knows layout \(Ring.layoutVersion)",
        "Build both programs with the same version of IterableQueue")
    case .geometry:
      return error(
        .corrupted, "the queue's header contradicts itself or a limit",
        "Remove the queue, and make a new one")
    case .fileLength(let stated, let found):
      return error(
        .corrupted, "\(path) has \(found) bytes, and its header says \(stated)",
        "Remove the queue, and make a new one")
    case .pidNamespace, .timeNamespace:
      return error(
        .foreignNamespace,
        "the queue was made in another \(failure == .pidNamespace ? "pid" : "time") namespace, so "
          + "that neither side can tell whether the other lives",
        "Run all processes of a queue in one container, or share its pid namespace")
    case .codec(let expected, let found):
      return error(
        .schemaMismatch,
        "the queue's items are encoded as \(found), and this program expects \(expected)",
        "Use the same item type and codec in both programs")
    case .schema(let expected, let found):
      return error(
        .schemaMismatch, "the queue carries \(found), and this program expects \(expected)",
        "Use the same item type in both programs, or give both the same `schema`")
    case .system(let failure):
      if failure.errno == ENOENT {
        return error(
          .notFound, "there is no queue of that name", "Create it, or wait for it with a timeout")
      }
      return Self.error(failure, "the queue cannot be opened", name: name)
    }
  }

  private static func refusal(_ name: QueueName, _ failure: SystemFailure) -> QueueError {
    var reason = "user \(geteuid()) may not read and write \(name.path)"
    if let status = try? FileStatus(at: name.path) {
      reason +=
        ", which belongs to user \(status.user) and has the permissions "
        + "\(String(status.permissions, radix: 8))"
    }
    return QueueError(
      .permissionDenied, queueName: name.description, reason: reason,
      advice: "Run as that user, or create the queue with other `permissions`",
      cause: Errno(rawValue: failure.errno))
  }
}
