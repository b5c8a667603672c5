import Glibc

/// A time in nanoseconds that means the same in every process of the machine.
func monotonicNanoseconds() -> UInt64 { nanoseconds(CLOCK_MONOTONIC) }

/// For how long this process has run, in nanoseconds.
func usedNanoseconds() -> UInt64 { nanoseconds(CLOCK_PROCESS_CPUTIME_ID) }

private func nanoseconds(_ clock: clockid_t) -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(clock, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// The middle of what was measured, and what all but one in a hundred did not exceed.
struct Percentiles: Codable {
  var middle: UInt64
  var high: UInt64

  init(_ times: [UInt64]) {
    let sorted = times.sorted()
    middle = sorted[sorted.count / 2]
    high = sorted[sorted.count * 99 / 100]
  }
}
