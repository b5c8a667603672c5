internal import RingBuffer
internal import SharedMemory
package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#endif

/// The queues that have a name.
package enum QueueDirectory {
  /// What a name stands for.
  package enum State: Hashable, Sendable {
    /// A living process uses the queue.
    case live
    /// The queue is persistent, and nobody uses it now.
    case idle
    /// The processes that used the queue are dead.
    case abandoned
    /// The queue is being created, or its creator is dead.
    case unfinished
    case otherVersion(Int)
    case otherNamespace
    case noPermission
    /// The file is no queue, or a damaged one.
    case foreign
  }

  package struct Entry: Hashable, Sendable {
    package var name: QueueName
    package var state: State
    /// Why the queue cannot be used, in words; empty for one that is live or idle.
    package var reason: String
    package var ownerUser: UInt32
    package var permissions: FilePermissions
    /// What the queue takes of the memory.
    package var allocatedBytes: Int
  }

  /// The names, sorted. The C function is `readdir`.
  package static func entries() throws -> [Entry] {
    guard let folder = unsafe opendir(Segment.folder) else {
      throw QueueError(
        .system, reason: "\(Segment.folder) cannot be read", cause: Errno(rawValue: errno))
    }
    defer { unsafe closedir(folder) }
    var names: [QueueName] = []
    while let entry = unsafe readdir(folder) {
      let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
        unsafe Array($0.prefix { $0 != 0 })
      }
      if let text = String(validating: bytes, as: UTF8.self),
        let name = QueueName(fileName: text)
      {
        names.append(name)
      }
    }
    return names.sorted { $0.description < $1.description }.compactMap(entry)
  }

  /// What the name stands for; nil if there is no such file. Looks for the dead, and changes nothing.
  package static func entry(_ name: QueueName) -> Entry? {
    guard let status = try? FileStatus(at: name.path) else { return nil }
    let (state, reason) = state(name)
    return Entry(
      name: name, state: state, reason: reason, ownerUser: status.user,
      permissions: FilePermissions(rawValue: CModeT(status.permissions)),
      allocatedBytes: status.allocatedBytes)
  }

  private static func state(_ name: QueueName) -> (State, String) {
    do throws(AttachFailure) {
      let ring = try Ring.attach(
        owning: Ring.openFile(name.path, owner: nil), codec: nil, schema: nil, path: name.path)
      if ring.openSlots.contains(where: \.isAlive) { return (.live, "") }
      if ring.lifecycle.isRetired { return (.abandoned, "its name was to be removed") }
      if ring.description.isPersistent { return (.idle, "") }
      return (.abandoned, "the processes that used it are all dead")
    } catch {
      let reason = QueueCore.error(error, name).reason
      switch error {
      case .notReady: return (.unfinished, reason)
      case .version(let version): return (.otherVersion(version), reason)
      case .pidNamespace, .timeNamespace: return (.otherNamespace, reason)
      case .otherUser: return (.noPermission, reason)
      case .system(let failure) where [EACCES, EPERM].contains(failure.errno):
        return (.noPermission, reason)
      default: return (.foreign, reason)
      }
    }
  }
}
