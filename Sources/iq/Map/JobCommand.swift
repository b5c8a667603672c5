internal import Glibc

/// The command that `iq map` runs, with the places where the line goes.
struct JobCommand {
  /// The words as they were given, without any assumption about their encoding.
  private let words: [[UInt8]]
  /// Where the program is, if its word has no place for the line.
  private let program: [UInt8]?

  private static let place = Array("{}".utf8)

  /// Throws a `CommandFailure` if the program cannot be found or run.
  init(_ words: [[UInt8]]) throws {
    let hasPlace = words.contains { Self.split($0).count > 1 }
    self.words = hasPlace ? words : words + [Self.place]
    program = Self.split(words[0]).count > 1 ? nil : try Self.find(words[0])
  }

  /// The words for one line.
  func arguments(_ line: [UInt8]) -> [[UInt8]] {
    words.map { Array(Self.split($0).joined(separator: line)) }
  }

  /// The file to run, given the first of those words. Throws a `CommandFailure`.
  func path(_ first: [UInt8]) throws -> [UInt8] {
    if let program { return program }
    return try Self.find(first)
  }

  /// The parts of a word between its places.
  private static func split(_ word: [UInt8]) -> [ArraySlice<UInt8>] {
    var parts: [ArraySlice<UInt8>] = []
    var start = 0
    var index = 0
    while index + 1 < word.count {
      if word[index] == place[0] && word[index + 1] == place[1] {
        parts.append(word[start..<index])
        index += 2
        start = index
      } else {
        index += 1
      }
    }
    parts.append(word[start...])
    return parts
  }

  /// Looks a command up as a shell does.
  private static func find(_ word: [UInt8]) throws -> [UInt8] {
    let name = String(decoding: word, as: UTF8.self)
    if word.isEmpty { throw CommandFailure(.commandNotFound, "the command is empty") }
    let folders =
      word.contains(UInt8(ascii: "/"))
      ? [""]
      : (unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin")
        .split(separator: ":", omittingEmptySubsequences: false).map {
          $0.isEmpty ? "./" : "\($0)/"
        }
    var refused: CommandFailure?
    for folder in folders {
      let path = Array(folder.utf8) + word
      var status = stat()
      let code = unsafe withPath(path) { unsafe stat($0, &status) == 0 ? 0 : errno }
      if code == ENOENT || code == ENOTDIR { continue }
      let isExecutable = unsafe withPath(path) { unsafe access($0, X_OK) == 0 }
      let isProgram = code == 0 && status.st_mode & S_IFMT == S_IFREG && isExecutable
      if isProgram { return path }
      refused = CommandFailure(
        .commandNotExecutable,
        "\(name): \(code != 0 ? message(code) : status.st_mode & S_IFMT == S_IFDIR ? "is a folder" : "not executable")"
      )
    }
    throw refused ?? CommandFailure(.commandNotFound, "\(name): command not found")
  }

  private static func withPath<Result>(
    _ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result
  ) -> Result {
    unsafe (path + [0]).withUnsafeBytes {
      unsafe body($0.baseAddress!.assumingMemoryBound(to: CChar.self))
    }
  }
}
