public import SystemPackage

/// What went wrong with a queue, in which queue, why, and what to do about it.
///
/// Compare `code` to react to an error; print the error to read it.
public struct QueueError: Error, Sendable {
  /// What went wrong.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    enum Value: String, Sendable {
      case endpointClosed, queueClosed, cancelled, timedOut, noConsumers, handedOver, busy
      case itemTooLarge, unencodable, undecodable, tooManyEndpoints, noSpace, notFound,
        alreadyExists
      case abandoned, permissionDenied, foreignNamespace, incompatibleLayout, schemaMismatch
      case corrupted, multithreadedFork, invalidConfiguration, invalidName, foreignFile
      case invalidToken, system
    }
    let value: Value
    public var description: String { value.rawValue }

    /// The endpoint was closed, in this process or by others who found its process dead.
    public static var endpointClosed: Code { Code(value: .endpointClosed) }
    /// The queue lets no further producer in.
    public static var queueClosed: Code { Code(value: .queueClosed) }
    /// The queue was cancelled.
    public static var cancelled: Code { Code(value: .cancelled) }
    /// The timeout passed.
    public static var timedOut: Code { Code(value: .timedOut) }
    /// A put would wait for ever: the queue is full, no consumer is left, and none is to be expected.
    public static var noConsumers: Code { Code(value: .noConsumers) }
    /// Another process has the endpoint now.
    public static var handedOver: Code { Code(value: .handedOver) }
    /// Another thread is using the endpoint, or the operation would wait for its own caller.
    public static var busy: Code { Code(value: .busy) }
    /// The encoded item is larger than the queue allows.
    public static var itemTooLarge: Code { Code(value: .itemTooLarge) }
    /// The codec cannot encode the item; `underlyingError` says why.
    public static var unencodable: Code { Code(value: .unencodable) }
    /// An item's bytes are not a value of the queue's item type.
    public static var undecodable: Code { Code(value: .undecodable) }
    /// The queue has as many endpoints as it has room for.
    public static var tooManyEndpoints: Code { Code(value: .tooManyEndpoints) }
    /// There is no memory left for shared memory.
    public static var noSpace: Code { Code(value: .noSpace) }
    /// There is no queue of that name.
    public static var notFound: Code { Code(value: .notFound) }
    /// There is a queue of that name.
    public static var alreadyExists: Code { Code(value: .alreadyExists) }
    /// The queue's processes are all gone.
    public static var abandoned: Code { Code(value: .abandoned) }
    /// The queue belongs to another user, or does not let this one in.
    public static var permissionDenied: Code { Code(value: .permissionDenied) }
    /// The queue was made in another pid or time namespace.
    public static var foreignNamespace: Code { Code(value: .foreignNamespace) }
    /// The segment was written by another version of this library.
    public static var incompatibleLayout: Code { Code(value: .incompatibleLayout) }
    /// The queue carries items of another type or codec.
    public static var schemaMismatch: Code { Code(value: .schemaMismatch) }
    /// The shared memory holds what this library does not write.
    public static var corrupted: Code { Code(value: .corrupted) }
    /// A process with several threads cannot be forked safely.
    public static var multithreadedFork: Code { Code(value: .multithreadedFork) }
    /// A configuration value is outside its limits.
    public static var invalidConfiguration: Code { Code(value: .invalidConfiguration) }
    /// The text is no queue's name.
    public static var invalidName: Code { Code(value: .invalidName) }
    /// What has the queue's name is not a queue.
    public static var foreignFile: Code { Code(value: .foreignFile) }
    /// What this process was told of an inherited endpoint is out of date, or was never true.
    public static var invalidToken: Code { Code(value: .invalidToken) }
    /// A system call failed; `cause` says how.
    public static var system: Code { Code(value: .system) }
  }

  /// What kind of error it is, to be compared.
  public var code: Code
  /// The queue's name; nil for an anonymous queue.
  public var queueName: String?
  /// What happened, in words, with the figures that matter.
  public var reason: String
  /// What to do about it.
  public var advice: String?
  /// The error of the system call behind it.
  public var cause: Errno?
  /// How many items of a `put(contentsOf:)` had been accepted, in order, before this error.
  public var acceptedItems: Int?
  /// What the codec threw.
  public var underlyingError: (any Error)?

  /// Makes an error; your own codecs and tests may need one.
  public init(
    _ code: Code, queueName: String? = nil, reason: String, advice: String? = nil,
    cause: Errno? = nil, acceptedItems: Int? = nil, underlyingError: (any Error)? = nil
  ) {
    self.code = code
    self.queueName = queueName
    self.reason = reason
    self.advice = advice
    self.cause = cause
    self.acceptedItems = acceptedItems
    self.underlyingError = underlyingError
  }
}

extension QueueError {
  /// The same error, saying how many items of a batch were accepted before it.
  @usableFromInline
  func accepting(_ count: Int) -> QueueError {
    var error = self
    error.acceptedItems = count
    return error
  }
}

extension QueueError: CustomStringConvertible {
  public var description: String {
    var text = "\(code)"
    if let queueName { text += " (queue \"\(queueName)\")" }
    text += ": \(reason)"
    if let cause { text += " (\(cause))" }
    if let acceptedItems { text += "; \(acceptedItems) items had been accepted" }
    if let advice { text += ". \(advice)" }
    return text
  }
}
