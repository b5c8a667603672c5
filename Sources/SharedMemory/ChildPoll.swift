internal import CIterableQueue

#if canImport(Glibc)
  internal import Glibc
#endif

/// Sleeps until one of many children ends. Keeps a pidfd for each between two calls.
package struct ChildPoll: ~Copyable {
  private var descriptors: [pid_t: CInt] = [:]

  package init() {}

  deinit {
    for descriptor in descriptors.values { close(descriptor) }
  }

  /// Returns when one of `children` has ended, at the deadline, or now and then in between:
  /// look again. Where no pidfd can be had, it returns after a few milliseconds.
  package mutating func wait(for children: some Collection<ChildProcess>, until deadline: Deadline)
  {
    var requests: [pollfd] = []
    var kept: [pid_t: CInt] = [:]
    for child in children {
      let process = child.processIdentifier
      let descriptor = descriptors.removeValue(forKey: process) ?? ciq_pidfd_open(process)
      if descriptor < 0 { continue }
      kept[process] = descriptor
      requests.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    }
    for descriptor in descriptors.values { close(descriptor) }
    descriptors = kept
    let patience: UInt64 = requests.count == children.count ? 1_000_000_000 : 5_000_000
    let now = Deadline.now.nanoseconds
    let left = min(deadline.nanoseconds > now ? deadline.nanoseconds - now : 0, patience)
    // Rounded up, so that it does not spin through the last millisecond.
    _ = unsafe poll(&requests, nfds_t(requests.count), CInt((left + 999_999) / 1_000_000))
  }
}
