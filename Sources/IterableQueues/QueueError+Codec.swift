internal import ItemCoding

// What codecs throw may quote the item: its keys, its values. Errors are printed and logged, so their
// text says only what kind of thing was wrong; `underlyingError` has the rest for those who ask.
extension QueueError {
  @usableFromInline
  static func unencodable(_ error: any Error) -> QueueError {
    QueueError(
      .unencodable, reason: "the item cannot be encoded: \(kind(of: error))",
      advice: "`underlyingError` says more, and may quote the item", underlyingError: error)
  }

  static func undecodable(_ error: any Error, queueName: String?) -> QueueError {
    QueueError(
      .undecodable, queueName: queueName,
      reason: "an item cannot be decoded and has become a dead letter: \(kind(of: error))",
      advice:
        "Read deadLetters(); the producer's item type may differ. `underlyingError` says more, "
        + "and may quote the item", underlyingError: error)
  }

  static func undecodableLetter(_ error: any Error, queueName: String?) -> QueueError {
    QueueError(
      .undecodable, queueName: queueName,
      reason: "the dead letter cannot be decoded: \(kind(of: error))",
      advice: "`underlyingError` says more, and may quote the item", underlyingError: error)
  }

  /// What was wrong, without anything of the item's content.
  private static func kind(of error: any Error) -> String {
    switch error {
    case DecodingError.typeMismatch(let type, _): "a value is no \(type)"
    case DecodingError.valueNotFound(let type, _): "there is no value for a \(type)"
    case DecodingError.keyNotFound(let key, _): "there is no entry \"\(key.stringValue)\""
    case DecodingError.dataCorrupted: "its bytes are damaged, or no value of its type"
    case EncodingError.invalidValue(let value, _): "it holds a \(type(of: value)) that has no form"
    case let error as RawSizeMismatch: error.description
    default: "its own code threw a \(type(of: error))"
    }
  }
}
