internal import CIterableQueue
internal import Glibc

/// Starts the processes of jobs, and sees to it that they do not outlive this one.
@safe
final class JobLauncher {
  /// For reading what jobs write.
  let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private let table: UnsafeMutablePointer<ciq_job_table>
  private let guardProcess: Int32
  private var lifeline: CInt = -1
  private let nothing: CInt
  private var freeSlots: [Int]
  private let environment: [UnsafeMutablePointer<CChar>?]

  /// Throws a `CommandFailure` if the limits of the system do not allow so many workers.
  init(workers: Int) throws {
    try Self.raiseDescriptorLimit(for: workers)
    nothing = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
    if nothing < 0 { throw CommandFailure(.system, "/dev/null: \(message(errno))") }
    var table: UnsafeMutablePointer<ciq_job_table>?
    guardProcess = unsafe ciq_job_guard(UInt32(workers), &table, &lifeline)
    guard guardProcess > 0, let table = unsafe table else {
      throw CommandFailure(.system, "no process can be made: \(message(-guardProcess))")
    }
    unsafe self.table = table
    freeSlots = Array((0..<workers).reversed())
    var variables: [UnsafeMutablePointer<CChar>?] = unsafe []
    var next = unsafe environ
    while let variable = unsafe next.pointee {
      unsafe variables.append(variable)
      unsafe next += 1
    }
    unsafe environment = variables + [nil]
  }

  deinit { unsafe scratch.deallocate() }

  /// Two pipes for each worker, and some.
  private static func raiseDescriptorLimit(for workers: Int) throws {
    let needed = rlim_t(2 * workers + 32)
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
      limit.rlim_cur < needed
    else { return }
    limit.rlim_cur = needed
    guard needed <= limit.rlim_max,
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    else {
      throw CommandFailure(
        .system,
        "\(workers) workers need \(needed) open files, of which \(limit.rlim_max) are allowed "
          + "(ulimit -Hn); choose a smaller -j")
    }
  }

  /// Starts a job. Throws a `CommandFailure`; its status is `system` where trying later may help.
  func launch(
    _ path: [UInt8], _ arguments: [[UInt8]], _ job: Job, timeout: Duration?
  ) throws -> RunningJob {
    let output = try makePipe()
    let error: (read: CInt, write: CInt)
    do { error = try makePipe() } catch {
      Glibc.close(output.read)
      Glibc.close(output.write)
      throw error
    }
    let slot = freeSlots.removeLast()
    let startTime = wallClock()
    let process = start(path, arguments, output.write, error.write, slot)
    Glibc.close(output.write)
    Glibc.close(error.write)
    if process < 0 {
      Glibc.close(output.read)
      Glibc.close(error.read)
      freeSlots.append(slot)
      let mayPass = process == -EAGAIN || process == -ENOMEM
      throw CommandFailure(mayPass ? .system : .commandNotExecutable, message(-process))
    }
    return RunningJob(
      job, process: process, slot: slot, output: CapturedPipe(output.read),
      error: CapturedPipe(error.read), startTime: startTime, timeout: timeout)
  }

  private func start(
    _ path: [UInt8], _ arguments: [[UInt8]], _ output: CInt, _ error: CInt, _ slot: Int
  ) -> Int32 {
    // One block holds the path and the words, each with its NUL.
    var block = path + [0]
    var offsets: [Int] = []
    for word in arguments {
      offsets.append(block.count)
      block += word
      block.append(0)
    }
    return unsafe block.withUnsafeMutableBytes { bytes in
      let base = unsafe bytes.baseAddress!.assumingMemoryBound(to: CChar.self)
      let words = unsafe offsets.map { unsafe UnsafeMutablePointer(base + $0) } + [nil]
      return unsafe ciq_job_start(
        base, words, environment, nothing, output, error, table, UInt32(slot))
    }
  }

  /// The read end does not block.
  private func makePipe() throws -> (read: CInt, write: CInt) {
    var ends: (read: CInt, write: CInt) = (-1, -1)
    let code = unsafe ciq_job_pipe(&ends.read, &ends.write)
    guard code == 0 else { throw CommandFailure(.system, message(code)) }
    return ends
  }

  /// Reaps a job that has ended. Its entry goes first: afterwards its number may be another's.
  func forget(_ job: RunningJob) {
    unsafe ciq_job_clear(table, UInt32(job.slot))
    ciq_job_reap(job.process)
    freeSlots.append(job.slot)
  }

  /// Reaps a child that is no job: the guard, if somebody killed it.
  func reapStranger(_ process: Int32) {
    ciq_job_reap(process)
    if process == guardProcess { guardIsGone = true }
  }
  private var guardIsGone = false

  /// Lets the guard go.
  func close() {
    if lifeline >= 0 { Glibc.close(lifeline) }
    lifeline = -1
    if !guardIsGone { ciq_job_reap(guardProcess) }
    guardIsGone = true
  }
}
