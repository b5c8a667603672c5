import CIterableQueue
import Glibc

/// Whether this process has no child, not even a zombie. Reaps nothing.
var hasNoChildren: Bool {
  var info = unsafe siginfo_t()
  return unsafe waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 && errno == ECHILD
}

/// Sleeps until a signal ends the process.
func sleepForEver() -> Never {
  while true { pause() }
}

func forbidCoreDumps() {
  var none = rlimit(rlim_cur: 0, rlim_max: 0)
  unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
}

func forbidProcesses() {
  var none = rlimit(rlim_cur: 0, rlim_max: 0)
  unsafe setrlimit(__rlimit_resource_t(__RLIMIT_NPROC.rawValue), &none)
  // The limit does not bind root.
  if getuid() == 0 { setuid(65534) }
}

/// Starts a thread that stays.
func startThread() {
  var thread = pthread_t()
  let error = unsafe pthread_create(
    &thread, nil, { _ in while true { pause() } }, nil)
  expectEqual(error, 0)
}

/// Returns when every other thread of this process has been asleep for 20 looks in a row.
func waitForOthersToSleep() {
  var looks = 0
  while looks < 20 {
    usleep(1000)
    looks = otherThreads().allSatisfy { isAsleep($0) } ? looks + 1 : 0
  }
}

private func otherThreads() -> [pid_t] {
  guard let folder = unsafe opendir("/proc/self/task") else { fail("/proc/self/task") }
  defer { unsafe closedir(folder) }
  var threads: [pid_t] = []
  while let entry = unsafe readdir(folder) {
    let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    if let thread = pid_t(name), thread != getpid() { threads.append(thread) }
  }
  return threads
}

private func isAsleep(_ thread: pid_t) -> Bool {
  var status = ciq_process_status()
  return unsafe ciq_process_read(thread, &status) == 0
    && status.state == CChar(UInt8(ascii: "S"))
}
