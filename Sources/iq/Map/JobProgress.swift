internal import Glibc

/// Says on standard error how far `iq map` is: in place on a terminal, else one line a second.
struct JobProgress {
  private let terminal = Terminal.error
  private let output = OutputDescriptor(STDERR_FILENO)
  private let started = ContinuousClock.now
  private var shownAt: ContinuousClock.Instant?
  private var isShown = false

  /// How long between two updates.
  var interval: Duration { terminal.isTerminal ? .milliseconds(100) : .seconds(1) }

  mutating func show(done: Int, running: Int, failed: Int, total: Int?) {
    let now = ContinuousClock.now
    // What was taken away for output comes back at once.
    let isMissing = terminal.isTerminal && !isShown
    if !isMissing, now - (shownAt ?? started) < interval { return }
    shownAt = now
    let seconds = max((now - started).seconds, 0.001)
    let rate = Double(done) / seconds
    var text = "\(done)\(total.map { "/\($0)" } ?? "") done, \(running) running"
    if failed > 0 { text += ", " + terminal.style(.red, "\(failed) failed") }
    text += ", \(fixed(rate, rate < 10 ? 1 : 0))/s"
    if let total, done > 0, done < total {
      text += ", \(Self.clock(Double(total - done) / rate)) left"
    }
    if terminal.isTerminal {
      isShown = true
      try? output.write("\r\(text)\u{1B}[K")
    } else {
      try? output.write("iq: \(text)\n")
    }
  }

  /// Takes the progress line away, so that something else can be written.
  mutating func clear() {
    if isShown { try? output.write("\r\u{1B}[K") }
    isShown = false
  }

  private static func clock(_ seconds: Double) -> String {
    let seconds = Int(seconds.rounded(.up))
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return seconds < 3600
      ? "\(seconds / 60):\(two(seconds % 60))"
      : "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
  }
}
