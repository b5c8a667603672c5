public import SharedMemory

/// How long an operation may wait.
@usableFromInline
enum WaitLimit: Sendable {
  case forever
  case until(Deadline)
  /// Not at all, except briefly for a lock.
  case never

  @usableFromInline
  init(timeout: Duration) { self = .until(Deadline(after: timeout)) }

  var patience: RobustMutex.Patience {
    switch self {
    case .forever: .forever
    case .until(let deadline): .until(deadline)
    case .never: .briefly
    }
  }

  var deadline: Deadline {
    switch self {
    case .forever: .never
    case .until(let deadline): deadline
    case .never: Deadline(nanoseconds: 0)
    }
  }
}
