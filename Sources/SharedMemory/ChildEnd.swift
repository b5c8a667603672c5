internal import CIterableQueue

#if canImport(Glibc)
  internal import Glibc
#endif

/// How a child process ended.
package enum ChildEnd: Hashable, Sendable {
  case exited(status: CInt)
  case killed(signal: CInt, coreDumped: Bool)
  /// Somebody else in this process has waited for it, or SIGCHLD is ignored: nothing is known.
  case reapedElsewhere

  init(_ end: ciq_child_end) {
    self =
      end.signal == 0
      ? .exited(status: end.status)
      : .killed(signal: end.signal, coreDumped: end.core_dumped != 0)
  }

  var cValue: ciq_child_end {
    switch self {
    case .exited(let status):
      ciq_child_end(ended: 1, status: status, signal: 0, core_dumped: 0)
    case .killed(let signal, let coreDumped):
      ciq_child_end(ended: 1, status: -1, signal: signal, core_dumped: coreDumped ? 1 : 0)
    case .reapedElsewhere:
      ciq_child_end(ended: 0, status: -1, signal: 0, core_dumped: 0)
    }
  }

  /// As one word that is never 0, to be stored by one atomic operation: kind << 32 | value.
  package var word: UInt64 {
    switch self {
    case .exited(let status): 1 << 32 | UInt64(UInt32(bitPattern: status))
    case .killed(let signal, let coreDumped):
      (coreDumped ? 3 : 2) << 32 | UInt64(UInt32(bitPattern: signal))
    case .reapedElsewhere: 4 << 32
    }
  }

  /// nil for 0.
  package init?(word: UInt64) {
    let value = CInt(truncatingIfNeeded: word)
    switch word >> 32 {
    case 0: return nil
    case 1: self = .exited(status: value)
    case 2, 3: self = .killed(signal: value, coreDumped: word >> 32 == 3)
    default: self = .reapedElsewhere
    }
  }
}

/// "SIGSEGV" for 11; nil for a signal without a name of its own.
package func signalName(_ signal: CInt) -> String? {
  guard let name = unsafe ciq_signal_name(signal) else { return nil }
  return unsafe String(cString: name)
}
