internal import CIterableQueue
internal import Glibc

/// A terminal that is drawn over and over, and given back as it was.
final class Screen {
  enum Key { case quit, other }

  let terminal = Terminal.output
  private let output: OutputDescriptor
  private var saved = termios()
  private var isRaw = false
  private var isShown = true

  /// Throws what writing throws.
  init(_ output: OutputDescriptor) throws {
    self.output = output
    if isatty(STDIN_FILENO) == 1, unsafe tcgetattr(STDIN_FILENO, &saved) == 0 {
      var raw = saved
      // Keys are read one by one and not shown; ^C stays a signal.
      raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
      isRaw = unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0
    }
    // The alternate screen, without cursor and line wrap.
    try output.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l")
  }

  /// Gives the terminal back.
  func restore() {
    guard isShown else { return }
    isShown = false
    output.signalsSeen = Int(CInt.max)
    try? output.write("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l")
    if isRaw { unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &saved) }
  }

  /// Draws as many of the lines as there are rows.
  func show(_ lines: [String]) throws {
    let rows = terminal.size.rows
    var text = "\u{1B}[H"
    for (index, line) in lines.prefix(rows).enumerated() {
      text += (index > 0 ? "\r\n" : "") + line + "\u{1B}[K"
    }
    try output.write(text + "\u{1B}[J")
  }

  /// Waits for a key. Throws `Interrupted`.
  func wait(_ time: Duration) throws -> Key? {
    let deadline = ContinuousClock.now + time
    while true {
      let left = deadline - .now
      if left <= .zero { return nil }
      var poll = pollfd(fd: isRaw ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0)
      _ = unsafe ciq_interruptions_poll(&poll, 1, left.wholeNanoseconds, 0, 0)
      try Interruptions.check()
      if poll.revents == 0 { continue }
      var key: UInt8 = 0
      let count = unsafe read(STDIN_FILENO, &key, 1)
      if count == 0 { isRaw = false }
      if count == 1 {
        return [UInt8(ascii: "q"), UInt8(ascii: "Q")].contains(key) ? .quit : .other
      }
    }
  }
}

extension Duration {
  var wholeNanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}

extension Interruptions {
  /// Sleeps. Throws `Interrupted`.
  static func sleep(_ time: Duration) throws {
    let deadline = ContinuousClock.now + time
    while deadline > .now {
      _ = ciq_interruptions_poll(nil, 0, (deadline - .now).wholeNanoseconds, 0, 0)
      try check()
    }
  }
}
