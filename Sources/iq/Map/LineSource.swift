internal import Glibc

/// Where the lines of `iq map` come from.
protocol LineSource: AnyObject {
  /// What a line is called in messages.
  var noun: String { get }
  /// What becomes readable when there may be more; nil where one has to look again.
  var descriptor: CInt? { get }
  /// Whether no line is there, and none will come.
  var isFinished: Bool { get }
  /// The next line, which gets that number; nil if there is none now.
  func next(_ sequence: Int) throws -> [UInt8]?
  /// Takes what the descriptor has.
  func read(_ scratch: UnsafeMutableRawBufferPointer) throws
  /// Says what has become of a line.
  func settle(_ sequence: Int, _ outcome: LineOutcome)
  /// Lets go of everything: nothing more is run.
  func close()
}

enum LineOutcome {
  case done, failed
  /// It was not run, or its job was ended because all ends.
  case givenUp
}

/// The lines of standard input.
final class StandardInputLines: LineSource {
  private var splitter: RecordSplitter

  init(_ framing: Framing) { splitter = RecordSplitter(framing) }

  var noun: String { splitter.framing.noun }
  var descriptor: CInt? { STDIN_FILENO }
  private(set) var isFinished = false

  func next(_ sequence: Int) throws -> [UInt8]? {
    if let line = try splitter.next() { return line }
    isFinished = splitter.isFinished
    return nil
  }

  func read(_ scratch: UnsafeMutableRawBufferPointer) throws {
    let count = unsafe Glibc.read(STDIN_FILENO, scratch.baseAddress, scratch.count)
    if count > 0 {
      unsafe splitter.append(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
    } else if count == 0 {
      splitter.finish()
    } else if errno != EINTR && errno != EAGAIN {
      throw CommandFailure(.inputOutput, "reading standard input failed: \(message(errno))")
    }
  }

  func settle(_ sequence: Int, _ outcome: LineOutcome) {}
  func close() {}
}
