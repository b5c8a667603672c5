internal import IterableQueues

extension CommandFailure {
  /// What a queue's error means for the shell.
  init(_ error: QueueError) {
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
    self.init(status, Self.text(error))
  }

  private static func text(_ error: QueueError) -> String {
    var text = error.queueName.map { "queue \"\($0)\": " } ?? ""
    text += error.reason
    if let cause = error.cause { text += " (\(cause))" }
    if let advice = error.advice {
      // The library's advice names its own parameters.
      text += advice.contains("ownedBy") ? ". With --any-owner, put and get use it" : ". \(advice)"
    }
    return text
  }
}
