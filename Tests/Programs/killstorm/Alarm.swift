import CIterableQueue
import Glibc
import SharedMemory

/// Continues stopped processes when their time has come, also while the parent itself waits for a
/// lock that a stopped process holds; and ends the storm when nothing moves any more.
enum Alarm {
  nonisolated(unsafe) private static var board: Scoreboard?
  nonisolated(unsafe) private static var onHang: (() -> Void)?
  nonisolated(unsafe) private static var lastDeliveries: UInt64 = 0
  nonisolated(unsafe) private static var lastProgress: UInt64 = 0
  private static let patience: UInt64 = 20_000_000_000

  static func start(_ board: Scoreboard) {
    unsafe self.board = board
    progressed()
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { _ in Alarm.ring() }
    action.sa_flags = SA_RESTART
    unsafe sigaction(SIGALRM, &action, nil)
    let tick = timeval(tv_sec: 0, tv_usec: 5_000)
    var timer = itimerval(it_interval: tick, it_value: tick)
    unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
  }

  /// What to do, for this round, when nothing moves any more.
  static func onHang(_ action: (() -> Void)?) {
    unsafe onHang = action
    progressed()
  }

  /// Something moved that is no delivery.
  static func progressed() { unsafe lastProgress = Deadline.now.nanoseconds }

  private static func ring() {
    let error = errno
    defer { errno = error }
    guard let board = unsafe board else { return }
    let now = Deadline.now.nanoseconds
    for index in 0..<Scoreboard.mostStopped {
      let (process, until) = board.stoppedProcess(index)
      if process != 0 && now >= until && board.forgetStopped(CInt(process)) {
        kill(CInt(process), SIGCONT)
      }
    }
    let deliveries = board.deliveries
    if unsafe deliveries != lastDeliveries {
      unsafe lastDeliveries = deliveries
      unsafe lastProgress = now
    } else if let onHang = unsafe onHang, unsafe now > lastProgress &+ patience {
      // Not as a handler should: the process is lost anyway, and this is what it died of.
      unsafe self.onHang = nil
      onHang()
    }
  }
}
