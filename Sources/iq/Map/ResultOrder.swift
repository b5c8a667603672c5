internal import Glibc

/// Shows the output of jobs in the order of their lines, or as they end.
struct ResultOrder {
  /// What one stream of one job may keep in memory, and all that wait together.
  static let mostBytesOfOne = 256 << 10
  static let mostBytes = 32 << 20

  let file = SpillFile()
  let output = OutputDescriptor(STDOUT_FILENO)
  let error = OutputDescriptor(STDERR_FILENO)
  private let isOrdered: Bool
  private var waiting: [Int: FinishedJob] = [:]
  private var next = 1
  private var bytesWaiting = 0

  init(isOrdered: Bool) { self.isOrdered = isOrdered }

  /// So many signals do not interrupt a write any more.
  var signalsSeen: Int {
    get { output.signalsSeen }
    set {
      output.signalsSeen = newValue
      error.signalsSeen = newValue
    }
  }

  /// Whether everything before this line has been shown.
  func isNext(_ sequence: Int) -> Bool { isOrdered && sequence == next }

  /// Takes a job that has ended, and shows what can be shown, after `prepare`.
  mutating func add(_ job: FinishedJob, prepare: () -> Void) throws {
    if isOrdered, job.sequence != next {
      var job = job
      if bytesWaiting + job.output.bytesInMemory + job.error.bytesInMemory > Self.mostBytes {
        try job.output.spill(to: file)
        try job.error.spill(to: file)
      }
      bytesWaiting += job.output.bytesInMemory + job.error.bytesInMemory
      waiting[job.sequence] = job
      return
    }
    if writesToTerminal(job) { prepare() }
    try show(job)
    guard isOrdered else { return }
    next += 1
    while let job = waiting.removeValue(forKey: next) {
      bytesWaiting -= job.output.bytesInMemory + job.error.bytesInMemory
      if writesToTerminal(job) { prepare() }
      try show(job)
      next += 1
    }
  }

  private func writesToTerminal(_ job: FinishedJob) -> Bool {
    (output.isTerminal && !job.output.isEmpty)
      || (error.isTerminal && (!job.error.isEmpty || job.report != nil))
  }

  private func show(_ job: FinishedJob) throws {
    var job = job
    try write(&job.error, to: error)
    try write(&job.output, to: output)
    if let report = job.report { complain(report) }
  }

  func write(_ capture: inout Capture, to descriptor: OutputDescriptor) throws {
    do { try capture.write(to: descriptor, from: file) } catch is BrokenPipe
      where descriptor === error
    {
      // Nobody reads messages: the results still count.
    }
  }
}
