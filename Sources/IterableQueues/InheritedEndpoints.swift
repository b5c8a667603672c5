internal import RingBuffer
internal import SharedMemory
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#endif

/// The endpoints that this program was started with, by `Worker.spawn`.
enum InheritedEndpoints {
  /// What the environment says; nil where it says nothing.
  private static let said: String? = unsafe getenv(Inheritance.variable).map {
    unsafe String(cString: $0)
  }
  private static let inheritance: Inheritance? = said.flatMap(Inheritance.init).map {
    keepToThisProgram($0)
    return $0
  }
  private static let lock = HandleLock()
  // Under the lock.
  nonisolated(unsafe) private static var claimed: Set<String> = []

  /// Where this program says what it threw; nil if nobody shares a page with it.
  static let lastWords: LastWords? = inheritance.flatMap {
    guard case .descriptor(let number) = $0.lastWords.place,
      let status = try? FileStatus(of: number),
      $0.lastWords.isFile(status)
    else { return nil }
    return try? LastWords(sharedBy: number)
  }

  /// Reads what this program was told, before it starts others.
  static func prepare() { _ = inheritance }

  /// Programs that this one starts are told of no descriptor that they happen to have.
  private static func keepToThisProgram(_ inheritance: Inheritance) {
    for file in inheritance.tokens.values.map(\.file) + [inheritance.lastWords] {
      if case .descriptor(let number) = file.place, let status = try? FileStatus(of: number),
        file.isFile(status)
      {
        OwnedDescriptor.inheritNoFurther(number)
      }
    }
    if inheritance.diesWithParent, getppid() == inheritance.parent.processIdentifier {
      ChildProcess.dieWithParent(inheritance.parent.processIdentifier)
    }
  }

  /// Makes this process the owner of the endpoint that it inherits under that name.
  static func claim(
    _ name: String, _ kind: SlotKind, codec: String, schema: String
  ) throws(QueueError) -> (queue: QueueCore, endpoint: EndpointState) {
    try QueueCore.checkIdentity()
    let token = try token(name, kind)
    _ = lock.lock()
    defer { lock.unlock() }
    if unsafe claimed.contains(name) {
      throw invalid("the endpoint \"\(name)\" was taken up before", "Use the one that there is")
    }
    let queue = try open(token.file, name, codec: codec, schema: schema)
    ClaimedEndpoints.settleAtExit()
    guard let parent = inheritance?.parent else { throw missing(name) }
    switch queue.ring.inherit(token.slot, from: parent, .forever) {
    case .claimed(let endpoint):
      unsafe claimed.insert(name)
      if inheritance?.diesWithParent == true {
        ChildProcess.dieWithParent(parent.processIdentifier)
      }
      return (queue, endpoint)
    case .forged:
      throw invalid("the queue never had the endpoint that \(Inheritance.variable) names", nil)
    case .refused(.closed):
      throw QueueError(
        .endpointClosed, queueName: queue.name,
        reason: "the endpoint \"\(name)\" is not open any more: it was closed, or the process that "
          + "started this one died first",
        advice: "Start the program anew, by Worker.spawn")
    case .refused(.takenBy(let owner)):
      throw QueueError(
        .handedOver, queueName: queue.name,
        reason: "the endpoint \"\(name)\" is process \(owner.processIdentifier)'s, and this is "
          + "process \(ProcessIdentity.current.processIdentifier)",
        advice: "An endpoint is inherited by the very process that Worker.spawn starts: let a "
          + "wrapper `exec` the program")
    case .refused(let refusal): throw queue.refused(refusal)
    }
  }

  private static func token(
    _ name: String, _ kind: SlotKind
  ) throws(QueueError) -> Inheritance.Token {
    guard let token = inheritance?.tokens[name] else {
      if said != nil && inheritance?.isDamaged != false {
        throw invalid("the environment variable \(Inheritance.variable) is damaged", nil)
      }
      throw missing(name)
    }
    if token.slot.kind != kind {
      throw QueueError(
        .schemaMismatch,
        reason: "the endpoint \"\(name)\" is a \(token.slot.kind), and a \(kind) was expected",
        advice: "Use the same kind of endpoint in both programs")
    }
    return token
  }

  private static func missing(_ name: String) -> QueueError {
    guard let tokens = inheritance?.tokens else {
      return QueueError(
        .notFound, reason: "this process inherits no endpoint: it was not started by Worker.spawn",
        advice: "Start it that way, or attach to a queue by its name")
    }
    let names = tokens.keys.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
    return QueueError(
      .notFound, reason: "this process inherits no endpoint \"\(name)\"",
      advice: tokens.isEmpty ? "It inherits none" : "It inherits \(names)")
  }

  private static func invalid(_ reason: String, _ advice: String?) -> QueueError {
    QueueError(
      .invalidToken, reason: reason,
      advice: advice ?? "Start the program by Worker.spawn, and leave that variable alone")
  }

  private static func open(
    _ file: Inheritance.File, _ name: String, codec: String, schema: String
  ) throws(QueueError) -> QueueCore {
    switch file.place {
    case .named(let queue):
      let core = try QueueCore.looking(at: queue, codec: nil, schema: nil, ownedBy: .anyone)
      let status = try? FileStatus(of: core.ring.segment.descriptor)
      guard let status, file.isFile(status) else {
        throw invalid(
          "the queue \"\(queue)\" is another one than the endpoint \"\(name)\" belongs to",
          "Start the program anew, by Worker.spawn")
      }
      return try .looking(at: queue, codec: codec, schema: schema, ownedBy: .anyone)
    case .descriptor(let number):
      guard let status = try? FileStatus(of: number), file.isFile(status) else {
        throw invalid(
          "descriptor \(number) is not the queue that the endpoint \"\(name)\" belongs to",
          "Let nothing between Worker.spawn and the program close or reuse descriptors, or give the "
            + "queue a name")
      }
      let copy: CInt
      do throws(SystemFailure) { copy = try OwnedDescriptor.copy(number) } catch {
        throw QueueCore.error(error, "the inherited queue cannot be opened", name: nil)
      }
      do throws(AttachFailure) {
        return QueueCore(
          ring: try Ring.attach(owning: copy, codec: codec, schema: schema), name: nil)
      } catch {
        throw QueueCore.error(error, what: "the inherited queue", name: nil)
      }
    }
  }
}
