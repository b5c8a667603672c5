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
    if let refusal = refusal(endpoint) {
      putLock.unlock()
      return .refused(refusal)
    }
    let position = Position(rawValue: tail.loadRelaxed())
    let bytes = Record.size(payload.count)
    let units = UInt32(truncatingIfNeeded: bytes / 8)
    if let outcome = roomless(position, units: units) {
      putLock.unlock()
      return outcome
    }
    let at = unsafe ringAddress(position.units)
    unsafe at.storeBytes(of: Record.header(payload.count), as: UInt64.self)
    if let source = payload.baseAddress {
      unsafe (at + Record.headerBytes).copyMemory(from: source, byteCount: payload.count)
    }
    // COMMIT. SYNC tail: put publishes, take observes.
    tail.storeRelease(position.advanced(units: units, items: 1).rawValue)
    putLock.unlock()
    return .accepted(1)
  }

  /// Puts as many as have room of the records that `RecordBatch` wrote one after another.
  @inline(never)
  public func put(
    _ batch: borrowing RecordBatch, from first: Int, as endpoint: EndpointState,
    _ patience: RobustMutex.Patience
  ) -> PutOutcome {
    if let refusal = putLock.lock(patience, repairing: {}).refusal { return .refused(refusal) }
    if let refusal = refusal(endpoint) {
      putLock.unlock()
      return .refused(refusal)
    }
    var count = batch.count - first
    if count <= 0 {
      putLock.unlock()
      return .accepted(0)
    }
    let position = Position(rawValue: tail.loadRelaxed())
    var bytes = batch.bytes(first..<batch.count)
    while roomless(
      position, units: UInt32(truncatingIfNeeded: bytes / 8), items: UInt32(count)) != nil
    {
      if count == 1 {
        let outcome = roomless(position, units: UInt32(truncatingIfNeeded: bytes / 8))
        putLock.unlock()
        return outcome ?? .noRoom
      }
      count = (count + 1) / 2
      bytes = batch.bytes(first..<first + count)
    }
    unsafe ringAddress(position.units).copyMemory(
      from: batch.address(first), byteCount: bytes)
    // COMMIT. SYNC tail: put publishes, take observes.
    tail.storeRelease(
      position.advanced(units: UInt32(bytes / 8), items: UInt32(count)).rawValue)
    putLock.unlock()
    return .accepted(count)
  }

  /// Nil if there is room behind `position`; looks at the consumers' line only if it must.
  @inline(__always)
  private func roomless(_ position: Position, units: UInt32, items: UInt32 = 1) -> PutOutcome? {
    let known = Position(rawValue: cachedHead.loadRelaxed())
    if hasRoom(position, known, units, items) { return nil }
    // SYNC head: take frees, put observes.
    let fresh = Position(rawValue: head.loadAcquire())
    cachedHead.storeRelaxed(fresh.rawValue)
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
