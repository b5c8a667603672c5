package import CIterableQueue
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#endif

/// A child of this process: how it ended, which signals it was sent, what it said at last.
///
/// Any number of threads may wait, again and again: all hear the same end. The instance belongs to
/// the process that made it; in a child of `fork` it touches nothing. When the last reference goes
/// and nobody has waited, the child is reaped all the same, and its failure goes to standard error.
/// The C functions are `waitid`, `pidfd_open`, `pidfd_send_signal` and `poll`.
package final class ChildProcess: Sendable {
  package let processIdentifier: pid_t
  package let identity: ProcessIdentity
  /// The process that made this one.
  package let creator: ProcessIdentity
  /// "worker 3 (pid 123)".
  package let label: String
  package let lastWords: LastWords
  /// `ChildEnd.word`; 0 while the end is not known.
  private let end = Atomic<UInt64>(0)
  private let sentSignals = Atomic<UInt64>(0)
  private let isAwaited = Atomic<Bool>(false)

  package init(processIdentifier: pid_t, label: String, lastWords: LastWords) {
    self.processIdentifier = processIdentifier
    self.identity = ProcessIdentity(child: processIdentifier)
    self.creator = .current
    self.label = label
    self.lastWords = lastWords
  }

  deinit {
    if !isOurs || isAwaited.load(ordering: .acquiring) { return }
    // Somebody who has sent a signal and lets go is not surprised by the death.
    let forgiven = sentSignals.load(ordering: .relaxed)
    if let end = endIfKnown() {
      lastWords.report(end, of: label, forgiving: forgiven)
      return
    }
    unsafe lastWords.giveAway { words in
      unsafe ciq_watch(processIdentifier, label, words, forgiven) == 0
    }
  }

  /// Whether this process made the child, and so may wait for it.
  package var isOurs: Bool { creator == .current }

  /// Says that the caller has been told how the child ended, so that its failure is not silent.
  package func markAwaited() { isAwaited.store(true, ordering: .releasing) }

  /// Whether somebody has noticed that the child has ended.
  package var hasEnded: Bool { end.load(ordering: .acquiring) != 0 }

  /// How the child ended; nil if it is still running. Reaps it.
  package func endIfKnown() -> ChildEnd? { look(blocking: false) }

  /// Waits until the child has ended.
  package func waitForEnd() -> ChildEnd {
    while true {
      if let end = look(blocking: true) { return end }
    }
  }

  /// Waits until the child has ended or until `deadline`; then nil.
  package func waitForEnd(until deadline: Deadline) -> ChildEnd? {
    var children = ChildPoll()
    while true {
      if let end = endIfKnown() { return end }
      if deadline.isPast { return nil }
      children.wait(for: CollectionOfOne(self), until: deadline)
    }
  }

  private func look(blocking: Bool) -> ChildEnd? {
    if let known = ChildEnd(word: end.load(ordering: .acquiring)) { return known }
    var state = ciq_child_end()
    let error = unsafe ciq_child_wait(processIdentifier, blocking ? 1 : 0, 1, &state)
    if error == 0 && state.ended == 0 { return nil }
    let found = error == 0 ? ChildEnd(state) : .reapedElsewhere
    // Published before the child is reaped: a thread that finds no child any more finds this.
    let (isFirst, earlier) = end.compareExchange(
      expected: 0, desired: found.word, ordering: .acquiringAndReleasing)
    if !isFirst { return ChildEnd(word: earlier) }
    if error == 0 { _ = unsafe ciq_child_wait(processIdentifier, 0, 0, &state) }
    return found
  }

  /// Whether this process has sent the child that signal by `send`.
  package func wasSent(_ signal: CInt) -> Bool {
    sentSignals.load(ordering: .relaxed) & 1 << UInt64(signal) != 0
  }

  /// Sends a signal unless the child has ended. The number cannot have been given to another
  /// process: it is ours until we reap, and we say so first.
  package func send(_ signal: CInt) {
    guard isOurs, endIfKnown() == nil else { return }
    sentSignals.bitwiseOr(1 << UInt64(signal), ordering: .relaxed)
    let descriptor = ciq_pidfd_open(processIdentifier)
    defer { if descriptor >= 0 { close(descriptor) } }
    if hasEnded { return }
    if descriptor < 0 || ciq_pidfd_signal(descriptor, signal) == ENOSYS {
      kill(processIdentifier, signal)
    }
  }
}
