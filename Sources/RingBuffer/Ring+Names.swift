package import SharedMemory

#if canImport(Glibc)
  internal import Glibc
#endif

// The life of a name. It is published once, whole, and taken away under the registry lock of its own
// segment, after the lifecycle says `isRetired`; so whoever comes through the old file knows that
// it must look again.

/// Why a named queue could not be made.
package enum CreateFailure: Error, Hashable, Sendable {
  /// A queue that is in use, or persistent, has the name.
  case exists
  /// Something has the name that is not this process's to remove.
  case taken(AttachFailure)
  case system(SystemFailure)
}

extension Ring {
  /// Makes a queue, replacing one that the dead have left, and a handle of it.
  ///
  /// `isVisibleEarly` makes it in the way for file systems that have no files without a name.
  package static func create(
    at path: String, _ geometry: Geometry, _ description: QueueDescription, permissions: UInt32,
    isVisibleEarly: Bool = false
  ) throws(CreateFailure) -> (ring: Ring, handle: EndpointState) {
    var made: (ring: Ring, handle: EndpointState)?
    do {
      if !isVisibleEarly {
        made = try unnamed(at: path, geometry, description, permissions: permissions)
      }
    } catch {
      guard error.call == "open", [EOPNOTSUPP, EISDIR, EINVAL].contains(error.errno) else {
        throw .system(error)
      }
    }
    while true {
      do {
        if let made {
          try made.ring.segment.publish(at: .namePublish)
          return made
        }
        return try exclusive(at: path, geometry, description, permissions: permissions)
      } catch {
        switch error.errno {
        case EEXIST: try removeLeftover(at: path)
        case EWOULDBLOCK: break  // somebody took the new file for a leftover
        case EPERM, ENOENT, EXDEV, EOPNOTSUPP:
          if made == nil { throw .system(error) }
          made = nil
        default: throw .system(error)
        }
      }
    }
  }

  /// Takes the name away if it was left by the dead; else says who has it.
  private static func removeLeftover(at path: String) throws(CreateFailure) {
    let removal: Removal
    do {
      removal = try removeIfAbandoned(path)
    } catch .system(let error) where error.errno == ENOENT {
      return
    } catch {
      throw .taken(error)
    }
    if removal == .inUse { throw .exists }
  }

  package enum Removal: Hashable, Sendable { case removed, inUse }

  /// Takes the name away if it is that of a queue that has no living process and is not persistent,
  /// or of one whose maker died before it had finished. `owner` is the user whose file it must be.
  package static func removeIfAbandoned(
    _ path: String, owner: UInt32? = geteuid()
  ) throws(AttachFailure) -> Removal {
    let ring: Ring
    do {
      ring = try attach(
        owning: openFile(path, owner: owner), codec: nil, schema: nil, path: path)
    } catch .notReady {
      return try removeUnfinished(path, owner: owner)
    }
    switch ring.retireIfAbandoned(.forever) {
    case .retired: return .removed
    case .inUse: return .inUse
    case .failed(let error): throw .system(error)
    case .refused: throw .geometry
    }
  }

  private static func removeUnfinished(
    _ path: String, owner: UInt32?
  ) throws(AttachFailure) -> Removal {
    let descriptor = try openFile(path, owner: owner)
    defer { Segment.discard(descriptor) }
    do throws(SystemFailure) {
      return try Segment.removeUnfinished(path, of: descriptor) { isUnfinished(descriptor) }
        ? .removed : .inUse
    } catch {
      throw .system(error)
    }
  }

  private static func isUnfinished(_ descriptor: CInt) -> Bool {
    do throws(AttachFailure) {
      _ = try copyHeader(descriptor)
      return false
    } catch {
      return error == .notReady
    }
  }

  /// Opens what has the name, if it is a file of `owner`, or of anybody if that is nil.
  package static func openFile(_ path: String, owner: UInt32?) throws(AttachFailure) -> CInt {
    let descriptor: CInt
    do throws(SystemFailure) { descriptor = try Segment.open(path) } catch {
      switch error.errno {
      case ELOOP: throw .notRegular(FileStatus.Kind.link.rawValue)
      case EISDIR: throw .notRegular(FileStatus.Kind.folder.rawValue)
      case ENXIO: throw .notRegular(FileStatus.Kind.socket.rawValue)
      default: throw .system(error)
      }
    }
    do throws(AttachFailure) {
      let status = try orFailure { () throws(SystemFailure) in try FileStatus(of: descriptor) }
      if status.kind != .regular { throw .notRegular(status.kind.rawValue) }
      if let owner, status.user != owner { throw .otherUser(status.user) }
      return descriptor
    } catch {
      Segment.discard(descriptor)
      throw error
    }
  }
}

// Under the registry lock.
extension Ring {
  /// Whether the name goes when nobody uses the queue any more.
  var mayRetire: Bool { segment.path != nil && !isPersistent }

  /// Takes the name away if no slot is open, but those of processes that are about to end.
  @discardableResult
  func retireIfUnused() -> Retirement {
    var life = lifecycle
    if !life.isRetired {
      if isPersistent || isUsed { return .inUse }
      life.isRetired = true
      lifecycleWord.storeRelease(life.rawValue, at: .retireCommit)
    }
    do { try segment.removeName(at: .retireRemoveName) } catch { return .failed(error) }
    return .retired
  }

  /// Whether a slot is open of a process that is not about to end.
  var isUsed: Bool {
    everUsed.joined().contains {
      SlotWord(rawValue: slotWord($0).loadRelaxed()).isOpen && !isLeaving($0)
    }
  }

  /// The lower bits of a slot's kind. Above them is the id of the process that is about to end.
  static let kindMask: UInt64 = 0xFF
  private static let leaverShift: UInt64 = 8

  private func isLeaving(_ slot: Int) -> Bool {
    let leaver = slotKind(slot).loadRelaxed() >> Self.leaverShift
    let owner = ProcessIdentity(rawValue: slotOwner(slot).loadRelaxed())
    return leaver != 0 && leaver == UInt64(owner.processIdentifier)
  }

  /// Says of this process's slots that it is about to end: who looks now will not wait for that, so
  /// that of several which end at once one takes the name away. They work until then.
  private func noteLeaving() {
    let leaver = ProcessIdentity.current
    for slot in everUsed.joined()
    where SlotWord(rawValue: slotWord(slot).loadRelaxed()).isOpen
      && slotOwner(slot).loadRelaxed() == leaver.rawValue
    {
      let kind = slotKind(slot).loadRelaxed() & Self.kindMask
      slotKind(slot).storeRelaxed(
        kind | UInt64(leaver.processIdentifier) << Self.leaverShift, at: .leaveNote)
    }
  }
}

extension Ring {
  package enum Retirement: Hashable, Sendable {
    case retired
    /// A living process uses the queue, or it is persistent.
    case inUse
    case refused(Refusal)
    case failed(SystemFailure)
  }

  /// Frees what dead processes left; if nobody is left, takes the name away. The endpoints and
  /// handles of a process that is leaving do not count from then on.
  package func retireIfAbandoned(
    _ patience: RobustMutex.Patience, isLeaving: Bool = false
  ) -> Retirement {
    var change = RegistryChange()
    defer { if change.wakesAll { wakeAll() } }
    if let refusal = lockRegistry(patience) { return .refused(refusal) }
    defer { registryLock.unlock(at: .retireUnlock) }
    change = freeDeadSlots()
    if isLeaving { noteLeaving() }
    return retireIfUnused()
  }

  /// Takes the name away; those that use the queue go on.
  package func retire(_ patience: RobustMutex.Patience) -> Retirement {
    if let refusal = lockRegistry(patience) { return .refused(refusal) }
    defer { registryLock.unlock(at: .removeUnlock) }
    var life = lifecycle
    life.isRetired = true
    lifecycleWord.storeRelease(life.rawValue, at: .removeCommit)
    do { try segment.removeName(at: .removeName) } catch { return .failed(error) }
    return .retired
  }

  /// What became of a handle for a queue that was found by its name.
  package enum HandleOutcome: Sendable {
    case registered(EndpointState)
    /// The name was taken away, or means another queue by now.
    case retired
    /// The processes that used the queue are dead.
    case abandoned
    case tooMany(limit: Int)
    case refused(Refusal)
  }

  /// Opens a handle in a queue that was found by its name.
  package func registerByName(_ patience: RobustMutex.Patience) -> HandleOutcome {
    var change = RegistryChange()
    defer { if change.wakesAll { wakeAll() } }
    if let refusal = lockRegistry(patience) { return .refused(refusal) }
    defer { registryLock.unlock(at: .nameUnlock) }
    if lifecycle.isRetired {
      // Whoever retired it may have died before the name was gone.
      _ = retireIfUnused()
      return .retired
    }
    change = freeDeadSlots()
    if mayRetire && !isUsed { return .abandoned }
    switch openSlot(.handle) {
    case .registered(let handle): return .registered(handle)
    case .tooMany(let limit): return .tooMany(limit: limit)
    case .refused(let refusal): return .refused(refusal)
    case .queueClosed, .failed: return .refused(.corrupted(.lock))
    }
  }

  private func wakeAll() {
    consumersWait.wakeAll()
    producersWait.wakeAll()
    acknowledgedWait.wakeAll()
  }

  /// The handle of a queue that no other process has seen yet.
  func openFirstHandle() throws(SystemFailure) -> EndpointState {
    guard case .registered(let handle) = openSlot(.handle) else {
      throw SystemFailure(errno: EIO, call: "registering a handle")
    }
    return handle
  }
}
