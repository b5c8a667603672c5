internal import ArgumentParser
internal import Glibc
internal import IterableQueues

/// The words of the command line as they were typed. Swift's strings have U+FFFD for each byte that is
/// not UTF-8, so that different words become the same.
enum Words {
  static let all: [[UInt8]] = (0..<Int(CommandLine.argc)).map { index in
    unsafe CommandLine.unsafeArgv[index].map { word in
      unsafe Array(UnsafeRawBufferPointer(start: word, count: strlen(word)))
    } ?? []
  }

  private static let replacement: Unicode.Scalar = "\u{FFFD}"

  /// The bytes of the values that end the command line, options between them aside.
  static func bytes(ofLast values: [String]) -> [[UInt8]] {
    // No option takes a word with that character, so the last words that have it are the values.
    let odd = values.count { $0.unicodeScalars.contains(replacement) }
    var words = all.filter {
      String(decoding: $0, as: UTF8.self).unicodeScalars.contains(replacement)
    }.suffix(odd)
    return values.map { value in
      value.unicodeScalars.contains(replacement) ? words.removeFirst() : Array(value.utf8)
    }
  }

  /// Throws a `CommandFailure` if `value`, or `--option=value`, was not UTF-8 as it was typed.
  static func checkUTF8(_ value: String, _ what: String) throws {
    guard value.unicodeScalars.contains(replacement) else { return }
    let isTyped = all.contains { word in
      let text = String(decoding: word, as: UTF8.self)
      return (text == value || text.hasSuffix("=\(value)"))
        && String(validating: word, as: UTF8.self) == nil
    }
    if isTyped { throw CommandFailure(.usage, "\(what) is not UTF-8, which it must be") }
  }
}

extension QueueName {
  /// A name of the command line. Throws `invalidName`, or a `CommandFailure`.
  init(argument: String) throws {
    try Words.checkUTF8(argument, "the queue's name \"\(argument)\"")
    try self.init(argument)
  }
}

extension ParsableCommand {
  /// Does something to each of several queues: what fails is said, and the others have their turn.
  /// Throws the first failure's status.
  func forEach(_ names: [String], _ body: (QueueName) throws -> Void) throws {
    var first: ExitStatus?
    for name in names {
      do { try body(QueueName(argument: name)) } catch {
        let failure = try CommandFailure(saying: error, of: self)
        complain(failure.description)
        first = first ?? failure.status
      }
    }
    if let first { throw ExitCode(first.rawValue) }
  }
}
