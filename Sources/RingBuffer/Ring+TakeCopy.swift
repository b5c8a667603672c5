import SharedMemory

// What every way of taking does, whether one item or many.
extension Ring {
  /// Under the get lock.
  @inline(__always)
  func lookAtTail() -> Position {
    // SYNC tail: put publishes, take observes.
    let end = Position(rawValue: tail.loadAcquire())
    cachedTail.storeRelaxed(end.rawValue, at: .takeCachedTail)
    return end
  }

  /// Copies `count` records of `bytes` bytes in all from the ring into a free buffer, and commits.
  /// Under the get lock.
  @inline(__always)
  func commit(
    _ count: Int, _ bytes: Int, from source: UnsafeRawPointer, at position: Position,
    to buffer: Int, as endpoint: EndpointState
  ) -> Delivery {
    CrashPoint.reach(.takeRecords)
    unsafe Record.copy(from: source, to: bufferAddress(buffer), bytes)
    let next = position.advanced(
      units: UInt32(truncatingIfNeeded: bytes &>> 3), items: UInt32(truncatingIfNeeded: count))
    // In this order: a death before `head` leaves a buffer that the repair recognises.
    markEnd(buffer).storeRelease(next.rawValue, at: .takeEnd)
    filling.storeRelease(UInt64(truncatingIfNeeded: buffer &+ 1), at: .takeFilling)
    let mark = endpoint.firstMark(count)
    markWord(buffer).storeRelease(mark.rawValue, at: .takeMark)
    // COMMIT. SYNC head: take frees, put observes.
    head.storeRelease(next.rawValue, at: .takeCommit)
    return Delivery(buffer: buffer, mark: mark, restAttempts: 0, delivered: count)
  }

  @inline(__always)
  func unlockGet() { getLock.unlock(at: .takeUnlock) }
}

extension Ring {
  /// Acknowledges `held`, then takes one item of `bytes` bytes and copies it to `destination`: in one
  /// call what nearly every get of a plain number is.
  ///
  /// Returns false if it is not as simple as that: `held` is what is held then, and `take` goes on.
  @inline(never)
  public func takeCopy(
    acknowledging held: inout Delivery, as endpoint: EndpointState, each bytes: Int,
    to destination: UnsafeMutableRawPointer
  ) -> Bool {
    let isTaken = takeAtOnce(acknowledging: &held, as: endpoint) { header in
      header == Record.header(bytes) && bytes <= geometry.maxItemBytes ? bytes : nil
    }
    if !isTaken { return false }
    unsafe Record.copyPayload(
      from: bufferAddress(held.buffer) + Record.headerBytes, to: destination, bytes)
    return true
  }

  /// Acknowledges `held`, then takes one item, which `held` is then.
  ///
  /// Returns false if it is not as simple as that: `held` is what is held then, and `take` goes on.
  @inline(never)
  public func takeOne(acknowledging held: inout Delivery, as endpoint: EndpointState) -> Bool {
    takeAtOnce(acknowledging: &held, as: endpoint) {
      Record.length($0, limit: geometry.maxItemBytes)
    }
  }

  /// `length` gets the first record's header, and returns the item's length in bytes, or nil if it
  /// is not to be taken here.
  @inline(__always)
  private func takeAtOnce(
    acknowledging held: inout Delivery, as endpoint: EndpointState,
    length: (_ header: UInt64) -> Int?
  ) -> Bool {
    if lockGet(.forever) != nil { return false }
    let buffer = held.buffer
    var isTaken = false
    if isUsable(endpoint), hint.loadRelaxed() == 0, acknowledgeUnderLock(&held) {
      let position = Position(rawValue: head.loadRelaxed())
      var end = Position(rawValue: cachedTail.loadRelaxed())
      if end == position { end = lookAtTail() }
      let source = unsafe ringAddress(position.units)
      if end != position, let bytes = unsafe length(SharedWord(at: source).loadRelaxed()),
        Int(end.units &- position.units) &* 8 >= Record.size(bytes)
      {
        held = unsafe commit(
          1, Record.size(bytes), from: source, at: position, to: buffer, as: endpoint)
        isTaken = true
      }
    }
    unlockGet()
    return isTaken
  }

  /// Acknowledges what is held, if that is all of its buffer, and says whether the buffer is free.
  ///
  /// Under the get lock nobody else changes a mark that is held here: to adopt it, others need that
  /// lock, and threads of this process that of the handle. So a look and a store do what is a
  /// compare-and-swap elsewhere.
  @inline(__always)
  private func acknowledgeUnderLock(_ held: inout Delivery) -> Bool {
    let mark = markWord(held.buffer)
    if held.isNothing { return held.buffer < buffers && mark.loadAcquire() == 0 }
    guard held.isFinishing, mark.loadRelaxed() == held.mark.rawValue else { return false }
    mark.storeRelease(0, at: .takeAcknowledge)  // COMMIT
    held = .nothing(lastBuffer: held.buffer)
    return true
  }
}
