import Glibc

/// Says on standard error what could not be read and, on a terminal, how far the work is.
struct Progress {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var isShown = false
  private var lastTime: ContinuousClock.Instant?

  mutating func show(bytes: Int, files: Int, words: Int) {
    guard isTerminal else { return }
    let now = ContinuousClock.now
    if let lastTime, now - lastTime < .milliseconds(100) { return }
    lastTime = now
    isShown = true
    write("\r\(bytes >> 20) MiB in \(files) files, \(words) words\u{1B}[K")
  }

  mutating func report(_ problem: Problem) {
    finish()
    write("wordcount: \(problem.description)\n")
  }

  /// Takes the progress line away.
  mutating func finish() {
    if isShown { write("\r\u{1B}[K") }
    isShown = false
  }

  private func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = unsafe bytes.withUnsafeBytes {
      unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count)
    }
  }
}
