internal import SharedMemory

#if canImport(Glibc)
  internal import Glibc
#endif

/// What other programs find a queue by.
///
/// A name is 1 to 240 bytes of UTF-8 without "/", NUL and other control characters. Two programs that
/// use the same bytes mean the same queue; letters that only look alike are not the same. The queue
/// `jobs` is the file `/dev/shm/iterable-queue.jobs`.
public struct QueueName: Hashable, Sendable {
  private let text: String

  /// Before the name, so that a queue's file can be told from others.
  package static let prefix = "iterable-queue."
  /// In bytes of UTF-8: what a file's name may have, without the prefix.
  package static let limit = 255 - prefix.utf8.count

  /// Throws `invalidName`, saying what is wrong with the name and what the limit is.
  public init(_ text: String) throws {
    if let (reason, advice) = Self.objection(to: text) {
      throw QueueError(.invalidName, reason: reason, advice: advice)
    }
    self.text = text
  }

  private static func objection(to text: String) -> (reason: String, advice: String)? {
    let bytes = text.utf8.count
    if bytes == 0 { return ("a queue's name is empty", "Choose 1 to \(limit) bytes of UTF-8") }
    if bytes > limit {
      return (
        "a queue's name has \(bytes) bytes of UTF-8, the limit is \(limit)",
        "Choose a shorter name"
      )
    }
    if text.utf8.contains(UInt8(ascii: "/")) {
      return (
        "the queue's name \"\(shown(text))\" has a \"/\" in it",
        "Names have no folders: use \".\" or \"-\" instead"
      )
    }
    for scalar in text.unicodeScalars where scalar.properties.generalCategory == .control {
      let what = scalar == "\0" ? "a NUL" : "a control character (\(scalar.value))"
      return (
        "the queue's name \"\(shown(text))\" has \(what) in it", "Use visible characters only"
      )
    }
    return nil
  }

  /// Without control characters, for messages.
  private static func shown(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars {
      shown.unicodeScalars.append(
        scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    return shown
  }

  /// The file.
  package var path: String { "\(Segment.folder)/\(Self.prefix)\(text)" }

  /// The name that a file of the folder stands for; nil if it is not a queue's.
  package init?(fileName: String) {
    guard fileName.utf8.starts(with: Self.prefix.utf8),
      let name = try? QueueName(
        String(decoding: fileName.utf8.dropFirst(Self.prefix.utf8.count), as: UTF8.self))
    else { return nil }
    self = name
  }

  public static func == (a: QueueName, b: QueueName) -> Bool {
    a.text.utf8.elementsEqual(b.text.utf8)
  }
  public func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }
}

extension QueueName: ExpressibleByStringLiteral {
  /// For names in the program's text. Ends the program, saying why, if it is no name; for what comes
  /// from outside use `init(_:)`.
  public init(stringLiteral text: String) {
    if let (reason, _) = Self.objection(to: text) { preconditionFailure(reason) }
    self.text = text
  }
}

extension QueueName: CustomStringConvertible {
  public var description: String { text }
}

/// Whose queue a program wants to attach to.
///
/// The processes of a queue trust each other, so a file that another user has put under the name is
/// refused unless the program says that it wants it.
public enum QueueOwner: Hashable, Sendable {
  /// The user that this process runs as.
  case me
  /// The user with that number.
  case user(UInt32)
  /// Whoever it is.
  case anyone

  /// The user's number; nil for anyone.
  var user: UInt32? {
    switch self {
    case .me: geteuid()
    case .user(let user): user
    case .anyone: nil
    }
  }
}
