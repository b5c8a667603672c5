internal import CIterableQueue

/// The pid and the time namespace of a process, by the inodes of /proc/self/ns/pid and time.
///
/// Robust mutexes compare thread ids, and owners are told by pid and start time: neither means
/// anything in another namespace.
public struct Namespaces: Hashable, Sendable {
  public var pid: UInt64
  /// 0 where the kernel has no time namespaces.
  public var time: UInt64

  /// This process's, read anew.
  public static var current: Namespaces {
    unsafe Namespaces(pid: ciq_namespace("pid"), time: ciq_namespace("time"))
  }
}
