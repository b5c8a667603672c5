internal import CIterableQueue
public import SharedMemory

extension Ring {
  /// What became of an attempt to take items.
  public enum TakeOutcome: Hashable, Sendable {
    case taken(Delivery)
    /// Nothing to read now.
    case empty
    /// Nothing to read, nothing can come, but a buffer is held: reap, then take again with
    /// `hasReaped`, so that every earlier death is accounted for.
    case reapFirst
    /// Nothing to read and nothing can come.
    case ended
    /// A dead letter was written; take again.
    case again
    case refused(Refusal)
  }

  /// Takes up to `most` items into an in-flight buffer, or adopts one orphaned item.
  ///
  /// `preferred` is the buffer that the caller used last.
  @inline(never)
  public func take(
    upTo most: Int, as endpoint: EndpointState, preferring preferred: Int, hasReaped: Bool,
    _ patience: RobustMutex.Patience
  ) -> TakeOutcome {
    takeInline(
      upTo: most, as: endpoint, preferring: preferred, hasReaped: hasReaped, patience)
  }

  /// Acknowledges `held`, then takes one item of `bytes` bytes and copies it to `destination`: in one
  /// call what most gets of plain numbers are.
  ///
  /// Returns how the copying ended; nil if nothing was taken, because it is not as simple as that.
  /// `held` is what is held then.
  @inline(never)
  public func takeCopy(
    acknowledging held: inout Delivery, preferring preferred: inout Int,
    as endpoint: EndpointState, each bytes: Int, to destination: UnsafeMutableRawPointer,
    _ patience: RobustMutex.Patience
  ) -> CopiedItems? {
    if !held.isNothing {
      guard held.isFinishing, replaceMark(of: held, by: .free) else { return nil }
      held = .nothing
    }
    guard
      case .taken(let delivery) = takeInline(
        upTo: 1, as: endpoint, preferring: preferred, hasReaped: false, patience)
    else { return nil }
    held = delivery
    preferred = delivery.buffer
    return unsafe copyItemsInline(of: delivery, each: bytes, stride: bytes, to: destination)
  }

  @inline(__always)
  private func takeInline(
    upTo most: Int, as endpoint: EndpointState, preferring preferred: Int, hasReaped: Bool,
    _ patience: RobustMutex.Patience
  ) -> TakeOutcome {
    if let refusal = lockGet(patience) {
      return .refused(refusal)
    }
    let outcome = takeUnderLock(
      upTo: most, as: endpoint, preferring: preferred, hasReaped: hasReaped)
    getLock.unlock(at: .takeUnlock)
    return outcome
  }

  @inline(__always)
  private func takeUnderLock(
    upTo most: Int, as endpoint: EndpointState, preferring preferred: Int, hasReaped: Bool
  ) -> TakeOutcome {
    if let refusal = refusal(endpoint) { return .refused(refusal) }
    if hint.loadRelaxed() != 0 || hasReaped {
      let adopted = adopt(as: endpoint)
      if adopted != .empty { return adopted }
      // Who was freed since the look above may have cleared the hint that was raised for what it
      // would take now: nobody would find that.
      if let refusal = refusal(endpoint) { return .refused(refusal) }
    }
    let position = Position(rawValue: head.loadRelaxed())
    var end = Position(rawValue: cachedTail.loadRelaxed())
    if end == position || Int(end.items &- position.items) < most {
      let life = lifecycle  // before tail: no put can follow what this word says
      // SYNC tail: put publishes, take observes.
      end = Position(rawValue: tail.loadAcquire())
      cachedTail.storeRelaxed(end.rawValue, at: .takeCachedTail)
      if end == position {
        return !life.isEnded ? .empty : hasReaped || !anyBufferIsHeld ? .ended : .reapFirst
      }
    }
    return fill(position, end, upTo: most, as: endpoint, preferring: preferred)
  }

  /// Copies records from the ring into a free buffer and commits. Under the get lock.
  @inline(__always)
  private func fill(
    _ position: Position, _ end: Position, upTo most: Int, as endpoint: EndpointState,
    preferring preferred: Int
  ) -> TakeOutcome {
    let available = Int(end.units &- position.units) &* 8
    if available > geometry.ringBytes { return corrupted(.positions) }
    guard let buffer = freeBuffer(preferring: preferred) else { return corrupted(.buffers) }
    let limit = min(available, geometry.inFlightBytes)
    let source = unsafe ringAddress(position.units)
    unsafe ciq_prefetch_read(source + 512)
    var bytes = 0
    var count = 0
    let wanted = min(max(most, 1), Int(end.items &- position.items), Mark.maxCount)
    while count < wanted, bytes &+ Record.headerBytes <= limit {
      let header = unsafe SharedWord(at: source + bytes).loadRelaxed()
      guard let length = Record.length(header, limit: geometry.maxItemBytes) else {
        return corrupted(.record)
      }
      let size = Record.size(length)
      if bytes &+ size > limit { break }
      bytes &+= size
      count &+= 1
    }
    if count == 0 { return corrupted(.record) }
    CrashPoint.reach(.takeRecords)
    unsafe Record.copy(from: source, to: bufferAddress(buffer), bytes)
    let next = position.advanced(units: UInt32(truncatingIfNeeded: bytes / 8), items: UInt32(count))
    // In this order: a death before `head` leaves a buffer that the repair recognises.
    markEnd(buffer).storeRelease(next.rawValue, at: .takeEnd)
    filling.storeRelease(UInt64(truncatingIfNeeded: buffer &+ 1), at: .takeFilling)
    let mark = Mark(
      slot: endpoint.slot, generation: endpoint.word.generation, attempts: 1, cursor: 0,
      count: count)
    markWord(buffer).storeRelease(mark.rawValue, at: .takeMark)
    // COMMIT. SYNC head: take frees, put observes.
    head.storeRelease(next.rawValue, at: .takeCommit)
    return .taken(Delivery(buffer: buffer, mark: mark, restAttempts: 0, delivered: count))
  }

  private func corrupted(_ what: Corruption) -> TakeOutcome { .refused(.corrupted(what)) }

  /// A buffer with storage that nobody holds. Under the get lock.
  @inline(__always)
  func freeBuffer(preferring preferred: Int) -> Int? {
    let buffers = buffers
    if 0 <= preferred, preferred < buffers, markWord(preferred).loadAcquire() == 0 {
      return preferred
    }
    return (0..<buffers).first { markWord($0).loadAcquire() == 0 }
  }

  /// Under the get lock.
  var anyBufferIsHeld: Bool {
    (0..<buffers).contains { markWord($0).loadAcquire() != 0 }
  }

  /// Whether a consumer that sleeps should look again. Takes no lock.
  @inline(__always)
  public var hasSomethingToTake: Bool {
    tail.loadAcquire() != head.loadRelaxed() || hint.loadRelaxed() != 0
  }
}
