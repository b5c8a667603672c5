internal import CIterableQueue
internal import Glibc

/// Runs a command for each line, several at a time, in one thread.
final class JobRunner {
  struct Options {
    var workers: Int
    var isOrdered: Bool
    var retries: Int
    var haltsOnError: Bool
    var showsProgress: Bool
    var timeout: Duration?
    /// From the request to end until it is enforced.
    var grace = Duration.seconds(5)
  }

  let options: Options
  let command: JobCommand
  let log: JobLog?
  let launcher: JobLauncher
  let input: any LineSource
  var inputIsOpen = true
  var running: [Int32: RunningJob] = [:]
  var results: ResultOrder
  var progress = JobProgress()
  /// Jobs that wait until the system has room for another process.
  var postponed: [Job] = []
  var started = 0
  var done = 0
  var failed = 0
  /// Why no further job is started; the loop ends when those that run have.
  var ending: Ending?

  enum Ending {
    case jobFailed
    case failure(any Error)
  }

  init(
    _ options: Options, _ command: JobCommand, _ input: any LineSource, _ log: JobLog?
  ) throws {
    self.options = options
    self.command = command
    self.log = log
    self.input = input
    launcher = try JobLauncher(workers: options.workers)
    results = ResultOrder(isOrdered: options.isOrdered)
  }

  /// Returns how many jobs failed. Throws `Interrupted`, `BrokenPipe`, or a `CommandFailure`; no job
  /// is running then either.
  func run() throws -> Int {
    defer {
      progress.clear()
      launcher.close()
      input.close()
    }
    while true {
      do { try startJobs() } catch { end(because: error) }
      if running.isEmpty && (ending != nil || !inputIsOpen) { break }
      try step()
    }
    if case .failure(let error) = ending { throw error }
    return failed
  }

  /// Starts jobs while there are lines and workers.
  private func startJobs() throws {
    while ending == nil, running.count < options.workers {
      if let job = postponed.popLast() {
        try start(job)
        if !postponed.isEmpty { return }
        continue
      }
      guard let line = try input.next(started + 1) else {
        if input.isFinished { inputIsOpen = false }
        return
      }
      started += 1
      try start(Job(sequence: started, line: line))
    }
  }

  /// Waits for something to happen, and deals with it.
  private func step() throws {
    var polled: [pollfd] = []
    var jobs: [RunningJob] = []
    for job in running.values where job.output.isOpen || job.error.isOpen {
      jobs.append(job)
      // poll passes over a negative descriptor.
      polled.append(pollfd(fd: job.output.descriptor, events: Int16(POLLIN), revents: 0))
      polled.append(pollfd(fd: job.error.descriptor, events: Int16(POLLIN), revents: 0))
    }
    let wantsInput =
      ending == nil && !input.isFinished && postponed.isEmpty && running.count < options.workers
    if wantsInput {
      polled.append(pollfd(fd: input.descriptor ?? -1, events: Int16(POLLIN), revents: 0))
    }
    let result = unsafe polled.withUnsafeMutableBufferPointer {
      unsafe ciq_interruptions_poll(
        $0.baseAddress, UInt32($0.count), nanosecondsToWait(looking: wantsInput), CInt(signalsSeen),
        1)
    }
    if result > 0 {
      for (index, job) in jobs.enumerated() {
        if polled[2 * index].revents != 0 { try read(job, \.output) }
        if polled[2 * index + 1].revents != 0 { try read(job, \.error) }
      }
      if wantsInput, polled.last?.revents != 0 {
        do { try unsafe input.read(launcher.scratch) } catch { end(because: error) }
      }
    }
    lookAtSignals()
    try reapJobs()
    enforceTimeouts()
    showProgress()
  }

  private func showProgress() {
    guard options.showsProgress else { return }
    progress.show(
      done: done, running: running.count, failed: failed,
      total: input.isFinished && !inputIsOpen ? started : nil)
  }

  /// `looking`: whether another line is wanted.
  private func nanosecondsToWait(looking: Bool) -> Int64 {
    var wait: Duration? = options.showsProgress ? progress.interval : nil
    if looking, input.descriptor == nil { wait = min(wait ?? .seconds(1), .milliseconds(20)) }
    let now = ContinuousClock.now
    for job in running.values {
      for time in [job.deadline, job.killTime] {
        if let time { wait = min(wait ?? .seconds(3600), max(time - now, .zero)) }
      }
    }
    guard let wait else { return -1 }
    return wait.wholeNanoseconds
  }

  // MARK: Signals

  private(set) var signalsSeen = 0

  private func lookAtSignals() {
    if ciq_interruptions_take() & UInt32(ciq_interruption_stop) != 0 { pause() }
    let count = Interruptions.count
    guard count > signalsSeen else { return }
    // The first asks the jobs, as the terminal would have; the second leaves them no choice.
    let isFirst = signalsSeen == 0
    signalsSeen = count
    results.signalsSeen = count
    end(because: Interrupted(), signal: isFirst ? ciq_interruptions_signal() : SIGKILL)
  }

  /// ^Z: the jobs are in groups of their own, which the terminal does not reach.
  private func pause() {
    let stopped = ContinuousClock.now
    progress.clear()
    for process in running.keys { kill(-process, SIGSTOP) }
    ciq_interruptions_stop()
    for process in running.keys { kill(-process, SIGCONT) }
    let pause = ContinuousClock.now - stopped
    for job in running.values {
      job.deadline = job.deadline.map { $0 + pause }
      job.killTime = job.killTime.map { $0 + pause }
    }
  }

  /// Starts nothing more, and asks the jobs that run to end.
  func end(because error: any Error, signal: Int32 = SIGTERM) {
    if case .failure = ending {} else { ending = .failure(error) }
    for job in running.values {
      kill(-job.process, signal)
      job.deadline = nil
      if job.killTime == nil { job.killTime = .now + options.grace }
    }
  }

  private func enforceTimeouts() {
    let now = ContinuousClock.now
    for job in running.values {
      if let deadline = job.deadline, deadline <= now {
        job.isLate = true
        job.deadline = nil
        job.killTime = now + options.grace
        kill(-job.process, SIGTERM)
        // A job that is stopped would not notice.
        kill(-job.process, SIGCONT)
      } else if let time = job.killTime, time <= now {
        job.killTime = nil
        kill(-job.process, SIGKILL)
      }
    }
  }
}
