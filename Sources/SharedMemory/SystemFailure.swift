/// A system call that failed, and with which errno.
public struct SystemFailure: Error, Hashable, Sendable {
  /// The errno value.
  public let errno: CInt
  /// The C function that failed.
  public let call: String

  public init(errno: CInt, call: String) {
    self.errno = errno
    self.call = call
  }

  /// Throws unless `errno` is 0, for C functions that return their error.
  package static func check(_ errno: CInt, _ call: String) throws(SystemFailure) {
    if errno != 0 { throw SystemFailure(errno: errno, call: call) }
  }
}
