internal import CIterableQueue

#if canImport(Glibc)
  internal import Glibc
#endif

// Segments that other programs find by a name. Whoever removes a name holds the lock that the file
// itself has for that, so that two processes never remove one after the other what a third has
// published in between.
extension Segment {
  /// Where the names of shared memory are.
  package static let folder = "/dev/shm"

  /// A segment for which no name is visible until `publish`. The C function is `open`, with
  /// O_TMPFILE.
  package static func unnamed(
    fileBytes: Int, ring: Range<Int>, path: String
  ) throws(SystemFailure) -> Segment {
    let descriptor = unsafe ciq_segment_unnamed(folder, UInt64(fileBytes))
    if descriptor < 0 { throw SystemFailure(errno: -descriptor, call: "open") }
    return try Segment(owning: descriptor, fileBytes: fileBytes, ring: ring, path: path)
  }

  /// Makes the name visible, and with it the whole segment. Throws EEXIST if the name is taken. The
  /// C function is `linkat`.
  package func publish(at point: CrashPoint) throws(SystemFailure) {
    guard let path else { return }
    CrashPoint.reach(point)
    try unsafe SystemFailure.check(ciq_segment_publish(descriptor, path), "linkat")
  }

  /// A segment whose name is visible from the start, where the file system knows no other way. Its
  /// maker holds it by `flock` until `releaseMaker`, so that one who died can be told from one who is
  /// slow. Throws EWOULDBLOCK if somebody took the file for a dead maker's before it was held.
  package static func exclusive(
    fileBytes: Int, ring: Range<Int>, path: String, at point: CrashPoint
  ) throws(SystemFailure) -> Segment {
    CrashPoint.reach(point)
    let descriptor = unsafe ciq_segment_exclusive(path)
    if descriptor < 0 { throw SystemFailure(errno: -descriptor, call: "open") }
    do throws(SystemFailure) { try holdAsMaker(descriptor, path) } catch {
      close(descriptor)
      throw error
    }
    do throws(SystemFailure) {
      try SystemFailure.check(ciq_segment_extend(descriptor, UInt64(fileBytes)), "ftruncate")
      return try Segment(holding: descriptor, fileBytes: fileBytes, ring: ring, path: path)
    } catch {
      // Held still: nobody else removes the name, and publishes another queue, after the look at it.
      if let status = try? FileStatus(of: descriptor) {
        try? removeName(path, of: status, at: .exclusiveUndo)
      }
      close(descriptor)
      throw error
    }
  }

  /// Holds a file that this process has just made under the name. Throws EWOULDBLOCK if somebody
  /// removes it, or has removed it: it looked like a dead maker's until now. The C function is `flock`.
  package static func holdAsMaker(_ descriptor: CInt, _ path: String) throws(SystemFailure) {
    CrashPoint.reach(.exclusiveHold)
    if flock(descriptor, LOCK_EX | LOCK_NB) < 0 { throw SystemFailure(errno: errno, call: "flock") }
    guard let named = try? FileStatus(at: path),
      named.isSameFile(as: try FileStatus(of: descriptor))
    else { throw SystemFailure(errno: EWOULDBLOCK, call: "flock") }
  }

  /// Ends what `exclusive` began: the segment is finished. The C function is `flock`.
  package func releaseMaker(at point: CrashPoint) {
    CrashPoint.reach(point)
    flock(descriptor, LOCK_UN)
  }

  /// Sets who may open the file, whatever the umask says. The C function is `fchmod`.
  package func setPermissions(_ permissions: UInt32) throws(SystemFailure) {
    if fchmod(descriptor, permissions) < 0 { throw SystemFailure(errno: errno, call: "fchmod") }
  }

  /// Opens what has the name, for reading and writing. Throws ENOENT, EACCES, ELOOP for a symbolic
  /// link, EISDIR, ENXIO for a socket.
  package static func open(_ path: String) throws(SystemFailure) -> CInt {
    let descriptor = unsafe ciq_segment_open(path)
    if descriptor < 0 { throw SystemFailure(errno: -descriptor, call: "open") }
    return descriptor
  }

  /// Whether the name still is this segment's.
  package var hasName: Bool {
    guard let path, let own = try? FileStatus(of: descriptor),
      let named = try? FileStatus(at: path)
    else { return false }
    return own.isSameFile(as: named)
  }

  /// Removes the segment's name, unless it is another file's by now. The caller holds the lock. The
  /// C function is `unlink`.
  package func removeName(at point: CrashPoint) throws(SystemFailure) {
    guard let path else { return }
    try Self.removeName(path, of: FileStatus(of: descriptor), at: point)
  }

  /// Removes a name whose file has no lock that this process could hold. The C function is `unlink`.
  package static func removeName(_ path: String) throws(SystemFailure) {
    if unsafe unlink(path) < 0 { throw SystemFailure(errno: errno, call: "unlink") }
  }

  private static func removeName(
    _ path: String, of status: FileStatus, at point: CrashPoint
  ) throws(SystemFailure) {
    guard let named = try? FileStatus(at: path), named.isSameFile(as: status) else { return }
    CrashPoint.reach(point)
    if unsafe unlink(path) < 0 { throw SystemFailure(errno: errno, call: "unlink") }
  }

  /// Removes the name of a file that no living maker holds, if `isUnfinished` still says so. Returns
  /// whether it did. The C function is `flock`.
  package static func removeUnfinished(
    _ path: String, of descriptor: CInt, isUnfinished: () -> Bool
  ) throws(SystemFailure) -> Bool {
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
    defer { flock(descriptor, LOCK_UN) }
    if !isUnfinished() { return false }
    try removeName(path, of: FileStatus(of: descriptor), at: .unfinishedRemove)
    return true
  }
}
