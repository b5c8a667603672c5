#if canImport(Glibc)
  internal import Glibc
#endif

/// Lets others run that are ready for this processor. The C function is `sched_yield`.
public func letOthersRun() { sched_yield() }
