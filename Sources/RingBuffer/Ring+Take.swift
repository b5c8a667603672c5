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
    /// A dead letter was written, or an item dropped; take again.
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
    if let refusal = lockGet(patience) { return .refused(refusal) }
    let outcome = takeUnderLock(
      upTo: most, as: endpoint, preferring: preferred, hasReaped: hasReaped)
    unlockGet()
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
      end = lookAtTail()
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
    var bytes = 0
    var count = 0
    // Most items are as long as the one before.
    var size = 0
    var header: UInt64 = 0
    let wanted = min(max(most, 1), Int(end.items &- position.items), Mark.maxCount)
    while count < wanted, bytes &+ Record.headerBytes <= limit {
      let next = unsafe SharedWord(at: source + bytes).loadRelaxed()
      if next != header || count == 0 {
        guard let length = Record.length(next, limit: geometry.maxItemBytes) else {
          return corrupted(.record)
        }
        header = next
        size = Record.size(length)
      }
      if bytes &+ size > limit { break }
      bytes &+= size
      count &+= 1
    }
    if count == 0 { return corrupted(.record) }
    return .taken(
      unsafe commit(count, bytes, from: source, at: position, to: buffer, as: endpoint))
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
