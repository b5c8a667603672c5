extension Tally {
  private func perSecond(_ count: Int, _ seconds: Double) -> String {
    "\(Int((Double(count) / max(seconds, 0.001)).rounded()))/s"
  }

  /// One round in a line.
  func line(_ seconds: Double) -> String {
    "\(Int(seconds.rounded())) s, \(kills) kills, \(items) items, \(redeliveries) redelivered, "
      + "\(deadLetters) dead letters, \(losses) lost, \(duplicates) wrongly duplicated, "
      + "\(otherFaults) other faults, longest delay \(longestDelayMilliseconds) ms, end \(longestEndMilliseconds) ms"
  }

  /// The end of the storm, in lines.
  func summary(_ seconds: Double) -> String {
    var lines = [
      "seconds:              \(Int(seconds.rounded()))",
      "kills:                \(kills) (\(perSecond(kills, seconds)); \(killsWhileStopped) while stopped)",
      "stops:                \(stops)",
      "workers:              \(workers)",
      "items:                \(items) (\(perSecond(items, seconds)), both queues)",
      "redeliveries:         \(redeliveries)",
      "dead letters:         \(deadLetters)",
      "never committed:      \(neverCommitted) (their producers died in the put)",
      "puts refused:         \(refused)",
      "acknowledged or not:  \(inDoubt) (their consumers died in the acknowledgement)",
      "longest delay:        \(longestDelayMilliseconds) ms from a kill to the next delivery",
      "longest end:          \(longestEndMilliseconds) ms from the last producer's death to the end",
      "losses:               \(losses)",
      "wrong duplicates:     \(duplicates)",
      "other faults:         \(otherFaults)",
    ]
    lines += faults.map { "  " + $0 }
    return lines.joined(separator: "\n")
  }
}
