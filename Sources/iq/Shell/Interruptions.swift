internal import CIterableQueue
internal import Glibc

/// The signals that ask the command to end; they are noted, and the command looks after them.
enum Interruptions {
  /// Starts noting. Before, a signal ends the process as usual.
  static func note(children: Bool = false) { ciq_interruptions_note(children ? 1 : 0) }

  /// How many signals have asked the command to end.
  static var count: Int { Int(ciq_interruptions_count()) }

  /// Throws `Interrupted` if one has.
  static func check() throws { if count > 0 { throw Interrupted() } }
}

/// A descriptor that is written to as fast as its reader reads, until a signal interrupts.
package final class OutputDescriptor {
  let descriptor: CInt
  private let isFile: Bool
  /// Signals beyond so many interrupt a write.
  var signalsSeen = 0
  private(set) var bytesWritten = 0

  package init(_ descriptor: CInt) {
    self.descriptor = descriptor
    var status = stat()
    isTerminal = isatty(descriptor) == 1
    isFile = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  let isTerminal: Bool

  /// Writes all of `bytes`. Throws `BrokenPipe`, `Interrupted`, or a `CommandFailure`.
  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = unsafe bytes[...]
    while unsafe !rest.isEmpty {
      if !isFile { try waitForRoom() }
      // A pipe that has room has room for a page; more could block while signals wait.
      let count = unsafe isFile ? rest.count : min(rest.count, 4096)
      let written = unsafe Glibc.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, count)
      if written >= 0 {
        unsafe rest = rest.dropFirst(written)
        bytesWritten += written
      } else if errno == EPIPE {
        throw BrokenPipe()
      } else if errno != EINTR && errno != EAGAIN {
        throw CommandFailure(.inputOutput, "writing failed: \(message(errno))")
      } else if Interruptions.count > signalsSeen {
        throw Interrupted()
      }
    }
  }

  package func write(_ bytes: [UInt8]) throws {
    try unsafe bytes.withUnsafeBytes { try unsafe write($0) }
  }

  func write(_ text: String) throws { try write(Array(text.utf8)) }

  private func waitForRoom() throws {
    var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while true {
      let result = unsafe ciq_interruptions_poll(&poll, 1, -1, CInt(signalsSeen), 0)
      if result >= 0 { return }
      if Interruptions.count > signalsSeen { throw Interrupted() }
      if result != -EINTR { return }
    }
  }
}

/// What the system says about an error number.
func message(_ code: CInt) -> String { unsafe String(cString: strerror(code)) }
