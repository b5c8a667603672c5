/// What becomes of one line of `iq map`.
struct Job {
  /// Which line it is, from 1.
  var sequence: Int
  var line: [UInt8]
  /// How often it has been started.
  var attempts = 0
}

/// How an attempt at a job ended.
enum JobEnd: Equatable {
  case exit(Int32)
  case signal(Int32)
  case timedOut
  /// The program could not be started, and why.
  case notStarted(String)

  var isFailure: Bool { self != .exit(0) }
}

/// A job that is running, with what it has written so far.
final class RunningJob {
  var job: Job
  let process: Int32
  let slot: Int
  var output: CapturedPipe
  var error: CapturedPipe
  /// Seconds since 1970, for the job log.
  let startTime: Double
  let started: ContinuousClock.Instant
  /// When it is told to end; then, when it is made to.
  var deadline: ContinuousClock.Instant?
  var killTime: ContinuousClock.Instant?
  var isLate = false

  init(
    _ job: Job, process: Int32, slot: Int, output: CapturedPipe, error: CapturedPipe,
    startTime: Double, timeout: Duration?
  ) {
    self.job = job
    self.process = process
    self.slot = slot
    self.output = output
    self.error = error
    self.startTime = startTime
    started = .now
    deadline = timeout.map { started + $0 }
  }
}

/// A job that has ended, whose output waits for its turn.
struct FinishedJob {
  var sequence: Int
  var output: Capture
  var error: Capture
  /// Nil if it succeeded.
  var report: String?
}
