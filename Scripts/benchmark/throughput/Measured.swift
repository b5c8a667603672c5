import Glibc

/// So many items took so long.
struct Measured {
  var items: Int
  var seconds: Double

  init(items: Int, nanoseconds: UInt64) {
    self.items = items
    seconds = Double(nanoseconds) / 1e9
  }
}

/// A time that means the same in every process of the machine.
func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Leaves with a message unless exactly the numbers `0..<each` came, once from every producer.
func verify(items: Int, sum: Int, producers: Int, each: Int) {
  let rightSum = producers * (each * (each - 1) / 2)
  if items != producers * each || sum != rightSum {
    leave("wrong: \(items) items of \(producers * each), sum \(sum), should be \(rightSum)")
  }
}
