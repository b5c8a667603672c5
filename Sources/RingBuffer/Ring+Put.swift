public import SharedMemory

extension Ring {
  /// What became of a put.
  public enum PutOutcome: Hashable, Sendable {
    /// How many items were accepted; less than were given only where the ring filled up.
    case accepted(Int)
    /// The ring is too full, in bytes or in items.
    case noRoom
    case refused(Refusal)
  }

  /// The bytes that an item of `payload` bytes takes in the ring.
  public static func recordBytes(_ payload: Int) -> Int { Record.size(payload) }

  /// Puts one item of at most `maxItemBytes` bytes.
  @inline(never)
  public func put(
    _ payload: UnsafeRawBufferPointer, as endpoint: EndpointState, _ patience: RobustMutex.Patience
  ) -> PutOutcome {
    if let refusal = putLock.lock(patience, repairing: {}).refusal { return .refused(refusal) }
    let outcome = unsafe putUnderLock(payload, as: endpoint)
    putLock.unlock(at: .putUnlock)
    return outcome
  }

  @inline(__always)
  private func putUnderLock(
    _ payload: UnsafeRawBufferPointer, as endpoint: EndpointState
  ) -> PutOutcome {
    if let refusal = refusal(endpoint) { return .refused(refusal) }
    let position = Position(rawValue: tail.loadRelaxed())
    let units = UInt32(truncatingIfNeeded: Record.size(payload.count) / 8)
    if let outcome = roomless(position, units: units) { return outcome }
    CrashPoint.reach(.putRecord)
    unsafe Record.write(payload, to: unsafe ringAddress(position.units))
    // COMMIT. SYNC tail: put publishes, take observes.
    tail.storeRelease(position.advanced(units: units, items: 1).rawValue, at: .putCommit)
    return .accepted(1)
  }

  /// Puts as many as have room of the records that `RecordBatch` wrote one after another.
  @inline(never)
  public func put(
    _ batch: borrowing RecordBatch, from first: Int, as endpoint: EndpointState,
    _ patience: RobustMutex.Patience
  ) -> PutOutcome {
    if let refusal = putLock.lock(patience, repairing: {}).refusal { return .refused(refusal) }
    let outcome = putUnderLock(batch, from: first, as: endpoint)
    putLock.unlock(at: .putBatchUnlock)
    return outcome
  }

  private func putUnderLock(
    _ batch: borrowing RecordBatch, from first: Int, as endpoint: EndpointState
  ) -> PutOutcome {
    if let refusal = refusal(endpoint) { return .refused(refusal) }
    var count = batch.count - first
    if count <= 0 { return .accepted(0) }
    let position = Position(rawValue: tail.loadRelaxed())
    var units = UInt32(batch.bytes(first..<batch.count) / 8)
    while let outcome = roomless(position, units: units, items: UInt32(count)) {
      if count == 1 { return outcome }
      count = (count + 1) / 2
      units = UInt32(batch.bytes(first..<first + count) / 8)
    }
    CrashPoint.reach(.putBatchRecords)
    unsafe ringAddress(position.units).copyMemory(
      from: batch.address(first), byteCount: Int(units) * 8)
    // COMMIT. SYNC tail: put publishes, take observes.
    tail.storeRelease(
      position.advanced(units: units, items: UInt32(count)).rawValue, at: .putBatchCommit)
    return .accepted(count)
  }

  /// Nil if there is room behind `position`; looks at the consumers' line only if it must.
  @inline(__always)
  private func roomless(_ position: Position, units: UInt32, items: UInt32 = 1) -> PutOutcome? {
    let known = Position(rawValue: cachedHead.loadRelaxed())
    if hasRoom(position, known, units, items) { return nil }
    // SYNC head: take frees, put observes.
    let fresh = Position(rawValue: head.loadAcquire())
    cachedHead.storeRelaxed(fresh.rawValue, at: .putCachedHead)
    let used = position.units &- fresh.units
    if used > capacityUnits || position.items &- fresh.items > used {
      return .refused(.corrupted(.positions))
    }
    return hasRoom(position, fresh, units, items) ? nil : .noRoom
  }

  @inline(__always)
  private func hasRoom(
    _ tail: Position, _ head: Position, _ units: UInt32, _ items: UInt32
  ) -> Bool {
    let used = tail.units &- head.units
    let backlog = tail.items &- head.items
    return used <= capacityUnits && capacityUnits - used >= units && backlog < maxItems
      && maxItems - backlog >= items
  }

  /// Whether a record of `bytes` would find room now. For waiting; takes no lock.
  public func hasRoom(forRecord bytes: Int) -> Bool {
    let head = Position(rawValue: head.loadAcquire())
    let tail = Position(rawValue: tail.loadRelaxed())
    return hasRoom(tail, head, UInt32(truncatingIfNeeded: bytes / 8), 1)
  }

  /// Whether producers that sleep should be woken: the ring is half empty, so that one wake-up
  /// serves many puts.
  @inline(__always)
  public var isHalfEmpty: Bool {
    let head = Position(rawValue: head.loadRelaxed())
    let tail = Position(rawValue: tail.loadRelaxed())
    return tail.units &- head.units <= capacityUnits / 2
      && tail.items &- head.items <= maxItems / 2
  }
}
