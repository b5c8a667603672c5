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

  /// Puts one item of at most `maxItemBytes` bytes, if there is room as far as is known.
  ///
  /// Returns false if it is not as simple as that, and the other `put` goes on.
  @inline(never)
  public func putAtOnce(
    _ payload: UnsafeRawPointer, _ bytes: Int, as endpoint: EndpointState
  ) -> Bool {
    unsafe putAtOnce(bytes, as: endpoint) { unsafe Record.write(payload, bytes, to: $0) }
  }

  /// The same for an item whose first `headBytes` bytes, one to eight, are the lowest of `head`, and
  /// whose others are `rest`.
  @inline(never)
  public func putAtOnce(
    _ head: UInt64, _ headBytes: Int, _ rest: UnsafeRawBufferPointer, as endpoint: EndpointState
  ) -> Bool {
    unsafe putAtOnce(headBytes &+ rest.count, as: endpoint) {
      unsafe Record.write(head, headBytes, rest, to: $0)
    }
  }

  @inline(__always)
  private func putAtOnce(
    _ bytes: Int, as endpoint: EndpointState, _ write: (UnsafeMutableRawPointer) -> Void
  ) -> Bool {
    let units = Self.units(bytes)
    if lockPut(.forever) != nil { return false }
    let position = Position(rawValue: tail.loadRelaxed())
    let room = room(from: position, to: Position(rawValue: cachedHead.loadRelaxed()))
    let isPut = isUsable(endpoint) && room.units >= units && room.items > 0
    if isPut {
      writeRecord()
      unsafe write(ringAddress(position.units))
      commit(position.advanced(units: units, items: 1))
    }
    unlockPut()
    return isPut
  }

  /// One record is written next.
  @inline(__always)
  private func writeRecord() { CrashPoint.reach(.putRecord) }

  @inline(__always)
  private func commit(_ next: Position) {
    // COMMIT. SYNC tail: put publishes, take observes.
    tail.storeRelease(next.rawValue, at: .putCommit)
  }

  @inline(__always)
  private func unlockPut() { putLock.unlock(at: .putUnlock) }

  /// Puts one item of at most `maxItemBytes` bytes.
  @inline(never)
  public func put(
    _ payload: UnsafeRawBufferPointer, as endpoint: EndpointState, _ patience: RobustMutex.Patience
  ) -> PutOutcome {
    let wanted = Extent(units: Self.units(payload.count), items: 1)
    return unsafe put(wanted, as: endpoint, patience) { start, room in
      guard room.holds(wanted) else { return nil }
      self.writeRecord()
      unsafe Record.write(payload.baseAddress, payload.count, to: start)
      return wanted
    }
  }

  /// Puts as many as have room of `count` items, each of `bytes` bytes, that lie `stride` bytes
  /// apart from `items` on.
  @inline(never)
  public func put(
    _ items: UnsafeRawPointer, each bytes: Int, stride: Int, count: Int,
    as endpoint: EndpointState, _ patience: RobustMutex.Patience
  ) -> PutOutcome {
    let count = UInt32(clamping: min(count, Int(maxItems)))
    let size = Record.size(bytes)
    let units = Self.units(bytes)
    let (all, overflow) = units.multipliedReportingOverflow(by: count)
    return unsafe put(Extent(units: overflow ? .max : all, items: count), as: endpoint, patience) {
      start, room in
      let fitting = min(count, room.units / units, room.items)
      if fitting == 0 { return nil }
      CrashPoint.reach(.putItems)
      var address = unsafe start
      var source = unsafe items
      for _ in 0..<fitting {
        unsafe Record.write(source, bytes, to: address)
        unsafe address += size
        unsafe source += stride
      }
      return Extent(units: units &* fitting, items: fitting)
    }
  }

  /// One item of a batch: the lowest `headBytes` bytes, one to eight, of `head`, then `rest`.
  @safe
  public struct Headed {
    let head: UInt64
    let headBytes: Int
    let rest: UnsafeRawBufferPointer

    public init(_ head: UInt64, _ headBytes: Int, _ rest: UnsafeRawBufferPointer) {
      self.head = head
      self.headBytes = headBytes
      unsafe self.rest = rest
    }

    /// The bytes that it takes in the ring.
    @inline(__always)
    public var recordBytes: Int { unsafe Record.size(headBytes &+ rest.count) }
  }

  /// Puts as many as have room of `items`, whose records take `bytes` bytes in all.
  @inline(never)
  public func put(
    _ items: UnsafeBufferPointer<Headed>, recordBytes bytes: Int, as endpoint: EndpointState,
    _ patience: RobustMutex.Patience
  ) -> PutOutcome {
    let count = min(items.count, Int(maxItems))
    let wanted = Extent(units: UInt32(clamping: bytes / 8), items: UInt32(count))
    return unsafe put(wanted, as: endpoint, patience) { start, room in
      CrashPoint.reach(.putByteStrings)
      var written = Extent(units: 0, items: 0)
      for index in 0..<count {
        let item = unsafe items[index]
        let units = UInt32(truncatingIfNeeded: item.recordBytes / 8)
        if written.items >= room.items || units > room.units &- written.units { break }
        unsafe Record.write(
          item.head, item.headBytes, item.rest, to: start + Int(written.units) &* 8)
        written.units &+= units
        written.items &+= 1
      }
      return written.items == 0 ? nil : written
    }
  }

  /// Puts as many as have room of the records from `first` on that `RecordBatch` wrote one after
  /// another.
  @inline(never)
  public func put(
    _ batch: borrowing RecordBatch, from first: Int, as endpoint: EndpointState,
    _ patience: RobustMutex.Patience
  ) -> PutOutcome {
    var wanted = batch.extent(first..<batch.count)
    return unsafe put(wanted, as: endpoint, patience) { start, room in
      while !room.holds(wanted) {
        if wanted.items <= 1 { return nil }
        wanted = batch.extent(first..<first + Int(wanted.items / 2))
      }
      CrashPoint.reach(.putBatchRecords)
      unsafe start.copyMemory(from: batch.address(first), byteCount: Int(wanted.units) * 8)
      return wanted
    }
  }

  /// Lets `write` put records behind the last one, and commits what it says that it wrote: nil for
  /// nothing. It gets the room that there is, looked up anew where the last known does not hold
  /// `wanted`.
  @inline(__always)
  private func put(
    _ wanted: Extent, as endpoint: EndpointState, _ patience: RobustMutex.Patience,
    write: (UnsafeMutableRawPointer, _ room: Extent) -> Extent?
  ) -> PutOutcome {
    if let refusal = lockPut(patience) { return .refused(refusal) }
    let outcome = unsafe putUnderLock(wanted, as: endpoint, write)
    unlockPut()
    return outcome
  }

  @inline(__always)
  private func putUnderLock(
    _ wanted: Extent, as endpoint: EndpointState,
    _ write: (UnsafeMutableRawPointer, _ room: Extent) -> Extent?
  ) -> PutOutcome {
    if let refusal = refusal(endpoint) { return .refused(refusal) }
    let position = Position(rawValue: tail.loadRelaxed())
    var room = room(from: position, to: Position(rawValue: cachedHead.loadRelaxed()))
    if !room.holds(wanted) {
      // SYNC head: take frees, put observes.
      let fresh = Position(rawValue: head.loadAcquire())
      cachedHead.storeRelaxed(fresh.rawValue, at: .putCachedHead)
      let used = position.units &- fresh.units
      if used > capacityUnits || position.items &- fresh.items > used {
        return .refused(.corrupted(.positions))
      }
      room = self.room(from: position, to: fresh)
    }
    let start = unsafe ringAddress(position.units)
    guard let written = unsafe write(start, room) else { return .noRoom }
    commit(position.advanced(units: written.units, items: written.items))
    return .accepted(Int(written.items))
  }

  /// What fits between a tail and a head; nothing if they are further apart than the ring is long.
  @inline(__always)
  private func room(from tail: Position, to head: Position) -> Extent {
    let used = tail.units &- head.units
    let backlog = tail.items &- head.items
    return Extent(
      units: used <= capacityUnits ? capacityUnits &- used : 0,
      items: backlog < maxItems ? maxItems &- backlog : 0)
  }

  @inline(__always)
  private static func units(_ payload: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: Record.size(payload) / 8)
  }

  /// Whether a record of `bytes` would find room now. For waiting; takes no lock.
  public func hasRoom(forRecord bytes: Int) -> Bool {
    let head = Position(rawValue: head.loadAcquire())
    return room(from: Position(rawValue: tail.loadRelaxed()), to: head)
      .holds(Extent(units: UInt32(truncatingIfNeeded: bytes / 8), items: 1))
  }

  /// Whether producers that sleep should be woken: the ring is half empty, so that one wake-up
  /// serves many puts.
  public var isHalfEmpty: Bool {
    let head = Position(rawValue: head.loadRelaxed())
    let tail = Position(rawValue: tail.loadRelaxed())
    return tail.units &- head.units <= capacityUnits / 2
      && tail.items &- head.items <= maxItems / 2
  }
}

/// So many records and the 8-byte units that they take.
struct Extent {
  var units: UInt32
  var items: UInt32

  @inline(__always)
  func holds(_ other: Extent) -> Bool { units >= other.units && items >= other.items }
}
