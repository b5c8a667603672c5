import Glibc

/// The words of the first line of a file that has `prefix` as its first word; of the first line if
/// there is no prefix.
private func words(of path: String, startingWith prefix: String? = nil) throws -> [Substring] {
  guard let file = unsafe fopen(path, "r") else {
    throw WrongRun(description: "\(path) cannot be read")
  }
  defer { unsafe fclose(file) }
  var line = [CChar](repeating: 0, count: 1024)
  while unsafe fgets(&line, Int32(line.count), file) != nil {
    let bytes = line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    if prefix == nil || words.first.map(String.init) == prefix { return words }
  }
  throw WrongRun(description: "\(path) has no such line")
}

/// The number of the processor that this process ran on last.
func currentProcessor() throws -> Int {
  Int(try words(of: "/proc/self/stat")[38]) ?? -1
}

/// Keeps each process on a processor of its own, if the run wants that: of those that BENCHMARK_APART
/// names, separated by commas.
func keepApart(_ processes: [Int32]) throws {
  guard let names = unsafe getenv("BENCHMARK_APART") else { return }
  let processors = unsafe String(cString: names).split(separator: ",")
  for (number, process) in processes.enumerated() {
    let processor = processors[number % processors.count]
    if unsafe system("taskset -cp \(processor) \(process) >/dev/null") != 0 {
      throw WrongRun(description: "process \(process) cannot be kept on processor \(processor)")
    }
  }
}

/// The machine's shared memory in use, in bytes: also what is reserved and not yet touched.
func sharedBytes() throws -> Int {
  (Int(try words(of: "/proc/meminfo", startingWith: "Shmem:")[1]) ?? 0) << 10
}

/// How long a process has run. The C functions are `clock_getcpuclockid` and `clock_gettime`.
func processorNanoseconds(_ process: Int32) throws -> UInt64 {
  var clock = clockid_t()
  var time = timespec()
  guard unsafe clock_getcpuclockid(process, &clock) == 0, unsafe clock_gettime(clock, &time) == 0
  else { throw WrongRun(description: "process \(process) has no clock") }
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
