internal import ArgumentParser
internal import IterableQueues
internal import SystemPackage

/// A command that has the option `--any-owner`.
protocol AnyOwnerCommand {}

/// A command that has all `AttachingOptions`.
protocol AttachingCommand: AnyOwnerCommand {}

extension CommandFailure {
  /// What can be said about a queue. Throws every other error.
  init(saying error: any Error, of command: any ParsableCommand) throws {
    switch error {
    case let failure as CommandFailure: self = failure
    case let error as QueueError: self.init(error, of: command)
    default: throw error
    }
  }

  /// What a queue's error means for the shell, and for the user of `command`.
  init(_ error: QueueError, of command: (any ParsableCommand)? = nil) {
    let status: ExitStatus =
      switch error.code {
      case .notFound, .abandoned: .noSuchQueue
      case .alreadyExists, .noSpace, .invalidConfiguration: .cannotCreate
      case .permissionDenied: .notPermitted
      case .invalidName: .usage
      case .corrupted: .corrupted
      case .timedOut: .timedOut
      case .itemTooLarge, .undecodable, .unencodable, .schemaMismatch: .badData
      case .incompatibleLayout, .foreignFile, .foreignNamespace: .incompatible
      case .system: .system
      default: .unavailable
      }
    var text = error.queueName.map { "queue \"\($0)\": " } ?? ""
    text += Self.reason(error)
    if let cause = error.cause { text += " (\(cause))" }
    if let advice = Self.advice(error, command) { text += ". \(advice)" }
    self.init(status, text)
  }

  /// The library's words, with the options of `iq create` for the names of a configuration's values.
  private static func reason(_ error: QueueError) -> String {
    if error.code == .undecodable, let why = error.underlyingError as? Unreadable {
      return "an item cannot be read, and has become a dead letter: \(why)"
    }
    guard error.code == .invalidConfiguration else { return error.reason }
    let name = error.reason.prefix { $0 != " " }
    return name.contains(where: \.isUppercase)
      ? option(name) + error.reason.dropFirst(name.count) : error.reason
  }

  /// "--max-items" for "maxItems".
  private static func option(_ name: Substring) -> String {
    name.reduce(into: "--") { $0 += $1.isUppercase ? "-\($1.lowercased())" : String($1) }
  }

  /// What to do about it, as it is typed; the library's advice where that speaks of no Swift.
  private static func advice(_ error: QueueError, _ command: (any ParsableCommand)?) -> String? {
    let name = error.queueName.map(shellWord) ?? "NAME"
    switch error.code {
    case .notFound:
      return command is any AttachingCommand
        ? "`iq create \(name)` makes it; --wait 10s waits until somebody does, and \(listing)"
        : listing
    case .foreignFile:
      return command is RemoveCommand
        ? "It is no queue: if nobody needs it, rm takes it away" : listing
    case .abandoned: return "`iq create \(name)` replaces it, and `iq rm \(name)` takes it away"
    case .alreadyExists where error.cause == nil && error.advice?.hasPrefix("Attach") == true:
      return "Use it, take it away with `iq rm \(name)`, or choose another name"
    case .permissionDenied:
      return error.cause == nil && command is any AnyOwnerCommand
        ? "If that user is to be trusted, --any-owner allows it" : "Run iq as that user"
    case .noSpace:
      return "Free memory, raise the limit of /dev/shm (in Docker --shm-size), or create the queue "
        + "with a smaller --ring-bytes or --max-item-bytes"
    case .itemTooLarge:
      return "Create the queue with a larger --max-item-bytes, or put the item in pieces"
    case .queueClosed: return "`iq rm \(name)` and `iq create \(name)` begin anew"
    case .noConsumers: return "Start `iq get \(name)`, before the queue is closed"
    case .tooManyEndpoints:
      return "`iq stat \(name)` shows whose they are: end some, or create the queue with a larger "
        + "--max-endpoints"
    case .corrupted:
      return "`iq rm \(name)` takes it away; look for a program that writes where it should not"
    case .incompatibleLayout: return "Use the iq that was built with the programs of this queue"
    case .busy: return "Try again in a moment"
    case .undecodable: return "`iq dead \(name)` shows it"
    case .endpointClosed, .handedOver: return "Start iq again"
    case .unencodable, .schemaMismatch: return nil
    case .system where error.cause == .fileTooLarge:
      return "Raise `ulimit -f`, or create the queue with a smaller --dead-letter-bytes, "
        + "--max-endpoints or --max-item-bytes"
    default: return error.advice
    }
  }

  private static var listing: String { "`iq ls` lists those that there are" }

  /// A word that a shell reads as `text`.
  private static func shellWord(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy {
      switch UnicodeScalar($0) {
      case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", ":", "@", "+", "%", ",": true
      default: false
      }
    }
    return isPlain && text.first != "-"
      ? text
      : "'"
        + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
        + "'"
  }
}
