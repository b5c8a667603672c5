internal import CIterableQueue
internal import Glibc

extension JobRunner {
  /// Starts a job, or settles it at once if it cannot be started. Throws a `CommandFailure` if none can.
  func start(_ job: Job) throws {
    var job = job
    job.attempts += 1
    let arguments = command.arguments(job.line)
    if job.line.contains(0) {
      let end = JobEnd.notStarted("it has a NUL byte, which no argument can have")
      return try settle(job, arguments, end, Capture(), Capture(), wallClock(), 0)
    }
    do {
      let path = try command.path(arguments[0])
      let process = try launcher.launch(path, arguments, job, timeout: options.timeout)
      running[process.process] = process
    } catch let failure as CommandFailure {
      if failure.status == .system {
        // There may be fewer processes to be had than workers: the line waits for one to end.
        if !running.isEmpty { return postpone(job) }
        // The next ones would fare no better.
        throw CommandFailure(
          .system,
          "\(input.noun) \(job.sequence) and those after it were not run: no process can be "
            + "started (\(failure)); raise `ulimit -u` or the container's limit of processes")
      }
      try settle(
        job, arguments, .notStarted(failure.description), Capture(), Capture(), wallClock(), 0)
    }
  }

  private var isInterrupted: Bool { if case .failure = ending { true } else { false } }

  private func postpone(_ job: Job) {
    var job = job
    job.attempts -= 1
    postponed.append(job)
  }

  /// Takes what a job has written.
  func read(_ job: RunningJob, _ pipe: ReferenceWritableKeyPath<RunningJob, CapturedPipe>) throws {
    // What is there now, but the others come first before it has written without end.
    var reads = 0
    while reads < 16, unsafe job[keyPath: pipe].read(launcher.scratch) { reads += 1 }
    if job[keyPath: pipe].capture.isEmpty { return }
    do {
      if options.retries == 0, results.isNext(job.job.sequence) {
        try show(job)
      } else if job[keyPath: pipe].capture.bytesInMemory > ResultOrder.mostBytesOfOne {
        try job[keyPath: pipe].capture.spill(to: results.file)
      }
    } catch { end(because: error) }
  }

  /// Lets the job whose turn it is write through.
  private func show(_ job: RunningJob) throws {
    if job.output.capture.isEmpty && job.error.capture.isEmpty { return }
    if results.output.isTerminal || results.error.isTerminal { progress.clear() }
    try results.write(&job.error.capture, to: results.error)
    try results.write(&job.output.capture, to: results.output)
  }

  /// Looks for jobs that have ended.
  func reapJobs() throws {
    while true {
      var ended = ciq_job_end()
      let code = unsafe ciq_job_ended(&ended)
      if code != 0 { throw CommandFailure(.system, "waitid: \(message(code))") }
      if ended.pid == 0 { return }
      guard let job = running.removeValue(forKey: ended.pid) else {
        launcher.reapStranger(ended.pid)
        continue
      }
      // A process that the job left behind may hold the pipes open: what is there now is taken.
      unsafe job.output.readLast(launcher.scratch)
      unsafe job.error.readLast(launcher.scratch)
      // What the job started and left is not to go on without it.
      if job.isLate || isInterrupted { kill(-job.process, SIGKILL) }
      launcher.forget(job)
      let end: JobEnd =
        job.isLate ? .timedOut : ended.signal != 0 ? .signal(ended.signal) : .exit(ended.status)
      try finish(job, end)
    }
  }

  private func finish(_ job: RunningJob, _ end: JobEnd) throws {
    if end.isFailure, job.job.attempts <= options.retries, ending == nil {
      job.output.capture.discard(from: results.file)
      job.error.capture.discard(from: results.file)
      do { try start(job.job) } catch { self.end(because: error) }
      return
    }
    let runtime = (ContinuousClock.now - job.started).seconds
    try settle(
      job.job, command.arguments(job.job.line), end, job.output.capture, job.error.capture,
      job.startTime, runtime)
  }

  /// Counts, logs and shows a job that will not be tried again.
  private func settle(
    _ job: Job, _ arguments: [[UInt8]], _ end: JobEnd, _ output: Capture, _ error: Capture,
    _ startTime: Double, _ runtime: Double
  ) throws {
    done += 1
    var report: String?
    if end.isFailure {
      failed += 1
      report = describe(job, end)
      if options.haltsOnError, ending == nil { ending = .jobFailed }
    }
    var outcome = LineOutcome.givenUp
    defer { input.settle(job.sequence, outcome) }
    do {
      try log?.append(
        sequence: job.sequence, startTime: startTime, runtime: runtime, received: output.count,
        end: end, command: arguments)
      if case .failure = ending { return }
      let finished = FinishedJob(
        sequence: job.sequence, output: output, error: error, report: report)
      try results.add(finished) { progress.clear() }
      outcome = end.isFailure ? .failed : .done
    } catch { self.end(because: error) }
  }

  private func describe(_ job: Job, _ end: JobEnd) -> String {
    let what =
      switch end {
      case .exit(let status): "exit status \(status)"
      case .signal(let signal):
        "killed by "
          + (unsafe ciq_signal_name(signal).map { unsafe String(cString: $0) } ?? "signal \(signal)")
      case .timedOut: "timed out after \(options.timeout?.brief ?? "")"
      case .notStarted(let reason): "not started: \(reason)"
      }
    let attempts = job.attempts > 1 ? ", \(job.attempts) attempts" : ""
    return "\(input.noun) \(job.sequence): \(what)\(attempts)"
  }
}

/// Seconds since 1970.
func wallClock() -> Double {
  var now = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}
