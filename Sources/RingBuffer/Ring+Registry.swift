internal import CIterableQueue
public import SharedMemory
internal import Synchronization

extension Ring {
  /// What became of a registration.
  public enum RegisterOutcome: Sendable {
    case registered(EndpointState)
    /// A producer of a closed queue.
    case queueClosed
    case tooMany(limit: Int)
    /// The in-flight buffer could not be reserved.
    case failed(SystemFailure)
    case refused(Refusal)
  }

  /// What waiting processes must be told after the registry changed.
  public struct RegistryChange: Hashable, Sendable {
    /// An item was left behind for another consumer.
    public var leftItem = false
    /// The last endpoint of its side has gone, the queue has closed, or somebody died.
    public var wakesAll = false

    mutating func merge(_ other: RegistryChange) {
      leftItem = leftItem || other.leftItem
      wakesAll = wakesAll || other.wakesAll
    }
  }

  /// Opens a slot for this process. A consumer gets storage for an in-flight buffer.
  package func register(
    _ kind: SlotKind, _ patience: RobustMutex.Patience
  ) -> RegisterOutcome {
    if let refusal = lockRegistry(patience) { return .refused(refusal) }
    defer { registryLock.unlock(at: .registerUnlock) }
    return openSlot(kind)
  }

  /// Opens a slot. Under the registry lock.
  func openSlot(_ kind: SlotKind) -> RegisterOutcome {
    var life = lifecycle
    if life.isCancelled { return .refused(.cancelled) }
    if kind == .producer && life.isClosed { return .queueClosed }
    let range =
      kind == .handle
      ? geometry.maxEndpoints..<geometry.maxEndpoints + geometry.maxHandles
      : 0..<geometry.maxEndpoints
    guard let slot = range.first(where: { !SlotWord(rawValue: slotWord($0).loadRelaxed()).isOpen })
    else { return .tooMany(limit: range.count) }
    if kind == .consumer {
      do { try reserveBuffers(life.consumers + 1) } catch { return .failed(error) }
    }
    let used = kind == .handle ? usedHandles : usedSlots
    used.storeRelaxed(
      max(used.loadRelaxed(), UInt64(slot - range.lowerBound + 1)), at: .registerUsed)
    let word = SlotWord(rawValue: slotWord(slot).loadRelaxed()).opened
    let owner = ProcessIdentity.current
    slotOwner(slot).storeRelaxed(owner.rawValue, at: .registerOwner)
    slotKind(slot).storeRelaxed(kind.rawValue, at: .registerKind)
    slotSleep(slot).storeRelaxed(0, at: .registerAwake)
    slotWord(slot).storeRelease(word.rawValue, at: .registerCommit)  // COMMIT
    life[kind] += 1
    if kind == .consumer { life.lostLastConsumers = false }
    lifecycleWord.storeRelease(life.rawValue, at: .registerLifecycle)
    return .registered(EndpointState(slot: slot, kind: kind, word: word, owner: owner))
  }

  /// Gives storage to the first `count` in-flight buffers and their marks. Under the registry lock.
  private func reserveBuffers(_ count: Int) throws(SystemFailure) {
    let reserved = buffers
    let target = min(count, geometry.maxEndpoints)
    if target <= reserved { return }
    let markBytes = Int(ciq_mark_bytes)
    try segment.reserve(
      geometry.marksOffset + reserved * markBytes..<geometry.marksOffset + target * markBytes)
    try segment.reserve(
      geometry.inFlightOffset + reserved * geometry.inFlightBytes..<geometry.inFlightOffset + target
        * geometry.inFlightBytes)
    reservedBuffers.storeRelease(UInt64(target), at: .reserveBuffers)
  }

  /// Gives storage to one in-flight buffer more than there is. Returns false if the queue has as
  /// many as it has endpoints.
  public func reserveAnotherBuffer() throws(SystemFailure) -> Bool {
    if lockRegistry(.forever) != nil { return false }
    defer { registryLock.unlock(at: .reserveUnlock) }
    if buffers >= geometry.maxEndpoints { return false }
    try reserveBuffers(buffers + 1)
    return true
  }

  /// Frees the slot of an endpoint or handle that this process owns; of another's nothing is
  /// touched. What a consumer holds, also what its parent held before it took the endpoint, is
  /// left for others.
  public func release(
    _ endpoint: EndpointState, _ patience: RobustMutex.Patience
  ) -> Result<RegistryChange, RefusalError> {
    if let refusal = lockRegistry(patience) { return .failure(RefusalError(refusal)) }
    defer { registryLock.unlock(at: .releaseUnlock) }
    var change = RegistryChange()
    guard slotWord(endpoint.slot).loadRelaxed() == endpoint.word.rawValue,
      slotOwner(endpoint.slot).loadRelaxed() == ProcessIdentity.current.rawValue
    else { return .success(change) }
    // COMMIT
    slotWord(endpoint.slot).storeRelease(endpoint.word.closed.rawValue, at: .releaseCommit)
    if isHolding(endpoint) {
      raiseHint(at: .releaseHint)  // after the word, which makes the buffer an orphan
      change.leftItem = true
    }
    var life = lifecycle
    life[endpoint.kind] -= 1
    closeIfWithoutHandles(&life)
    lifecycleWord.storeRelease(life.rawValue, at: .releaseLifecycle)
    change.wakesAll = life[endpoint.kind] == 0
    if mayRetire {
      change.merge(freeDeadSlots())
      retireIfUnused()
    }
    return .success(change)
  }

  /// Whether a buffer is in the endpoint's hands.
  private func isHolding(_ endpoint: EndpointState) -> Bool {
    endpoint.kind == .consumer
      && (0..<buffers).contains {
        let mark = Mark(rawValue: markWord($0).loadAcquire())
        return !mark.isFree && mark.slot == endpoint.slot
          && mark.generation == endpoint.word.generation
      }
  }

  /// Lets whoever reaps next free the slot, for a `deinit` that cannot have the registry lock.
  public func abandon(_ endpoint: EndpointState) {
    guard slotWord(endpoint.slot).loadRelaxed() == endpoint.word.rawValue else { return }
    // Not a plain store: a child may be claiming its copy.
    _ = slotOwner(endpoint.slot).compareExchange(
      ProcessIdentity.current.rawValue, ProcessIdentity.nobody.rawValue, at: .abandonOwner)
  }

  /// Makes `child` the owner of an endpoint that `parent` owns. Parent and child may both do it.
  public func handOver(
    _ endpoint: EndpointState, from parent: ProcessIdentity, to child: ProcessIdentity,
    _ patience: RobustMutex.Patience
  ) -> Refusal? {
    if let refusal = lockRegistry(patience) { return refusal }
    defer { registryLock.unlock(at: .handOverUnlock) }
    guard slotWord(endpoint.slot).loadRelaxed() == endpoint.word.rawValue else { return .closed }
    let owner = slotOwner(endpoint.slot)
    switch owner.loadRelaxed() {
    case child.rawValue: return nil
    case parent.rawValue:
      // What the parent holds stays in its buffer: the child needs another one.
      if isHolding(endpoint) { try? reserveBuffers(buffers + 1) }
      // Under the put lock: a put of the parent's other threads is over, or will be refused, before
      // the child can close the endpoint or die, and the end be told.
      let isProducer = endpoint.kind == .producer
      if isProducer, let refusal = lockPut(patience) { return refusal }
      owner.storeRelease(child.rawValue, at: .handOverCommit)
      if isProducer { putLock.unlock(at: .handOverPutUnlock) }
      return nil
    case let other: return .takenBy(ProcessIdentity(rawValue: other))
    }
  }

  /// Passes once through the put lock, so that no put which saw the endpoint open is under way.
  public func passThroughPutLock(_ patience: RobustMutex.Patience) -> Refusal? {
    if let refusal = lockPut(patience) { return refusal }
    putLock.unlock(at: .passThroughUnlock)
    return nil
  }

  /// Lets no further producer in.
  public func close(_ patience: RobustMutex.Patience) -> Refusal? {
    if let refusal = lockRegistry(patience) { return refusal }
    defer { registryLock.unlock(at: .closeUnlock) }
    var life = lifecycle
    life.isClosed = true
    lifecycleWord.storeRelease(life.rawValue, at: .closeCommit)
    return nil
  }

  /// Ends every operation with `.cancelled`, then drops what is left.
  public func cancel(_ patience: RobustMutex.Patience) -> Refusal? {
    if let refusal = lockRegistry(patience) { return refusal }
    var life = lifecycle
    life.isCancelled = true
    life.isClosed = true
    lifecycleWord.storeRelease(life.rawValue, at: .cancelCommit)
    registryLock.unlock(at: .cancelUnlockRegistry)
    if let refusal = lockGet(patience) { return refusal }
    defer { getLock.unlock(at: .cancelUnlock) }
    filling.storeRelease(0, at: .cancelFilling)
    for buffer in 0..<buffers {
      let mark = Mark(rawValue: markWord(buffer).loadAcquire())
      guard !mark.isFree, mark.slot < geometry.maxEndpoints, !isHeld(mark) else { continue }
      _ = markWord(buffer).compareExchange(mark.rawValue, 0, at: .cancelMark)
    }
    let end = tail.loadAcquire()
    cachedTail.storeRelaxed(end, at: .cancelTail)
    head.storeRelease(end, at: .cancelHead)
    return nil
  }

  func lockRegistry(_ patience: RobustMutex.Patience) -> Refusal? {
    registryLock.lock(patience, repairing: { recount() }).refusal
  }

  func closeIfWithoutHandles(_ life: inout Lifecycle) {
    if life.handles == 0 && !isPersistent { life.isClosed = true }
  }

  /// The slots that were ever open.
  var everUsed: [Range<Int>] {
    let endpoints = min(
      Int(truncatingIfNeeded: usedSlots.loadRelaxed() & 0xFFFF), geometry.maxEndpoints)
    let handles = min(
      Int(truncatingIfNeeded: usedHandles.loadRelaxed() & 0xFFFF), geometry.maxHandles)
    return [0..<endpoints, geometry.maxEndpoints..<geometry.maxEndpoints + handles]
  }

  /// Counts the slots again, after a process died with the registry lock.
  private func recount() {
    var life = lifecycle
    let hadConsumers = life.consumers > 0
    life.producers = 0
    life.consumers = 0
    life.handles = 0
    for range in everUsed {
      for slot in range where SlotWord(rawValue: slotWord(slot).loadRelaxed()).isOpen {
        if let kind = kind(of: slot) { life[kind] += 1 }
      }
    }
    if hadConsumers && life.consumers == 0 { life.lostLastConsumers = true }
    closeIfWithoutHandles(&life)
    lifecycleWord.storeRelease(life.rawValue, at: .recountLifecycle)
    raiseHint(at: .recountHint)
  }
}

/// A refusal as an error, for `Result`.
public struct RefusalError: Error, Hashable, Sendable {
  public let refusal: Refusal
  init(_ refusal: Refusal) { self.refusal = refusal }
}
