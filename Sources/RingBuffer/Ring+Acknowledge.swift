public import SharedMemory

extension Ring {
  /// What became of an acknowledgement.
  public enum AcknowledgeOutcome: Hashable, Sendable {
    /// Nothing is held any more.
    case finished
    /// An adopted buffer has more items; none of them is delivered yet.
    case rest(Delivery)
    /// An adopted buffer's next item is delivered.
    case next(Delivery)
    /// The consumer was declared dead: the items belong to another one.
    case lost
  }

  /// Acknowledges what was delivered. With `delivering`, the next item of an adopted buffer is
  /// delivered by the same step. Takes no lock.
  public func acknowledge(_ delivery: Delivery, delivering: Bool) -> AcknowledgeOutcome {
    if delivery.delivered == 0 {
      guard delivering else { return .rest(delivery) }
      let mark = delivery.mark
      return swap(
        delivery,
        to: mark.held(by: mark.slot, generation: mark.generation, attempts: mark.attempts + 1),
        delivering: true)
    }
    return swap(
      delivery,
      to: delivery.mark.after(
        delivery.delivered, restAttempts: delivery.restAttempts, delivering: delivering),
      delivering: delivering)
  }

  private func swap(_ delivery: Delivery, to mark: Mark, delivering: Bool) -> AcknowledgeOutcome {
    guard replaceMark(of: delivery, by: mark) else { return .lost }
    if mark.isFree { return .finished }
    var rest = delivery
    rest.mark = mark
    rest.delivered = delivering ? 1 : 0
    return delivering ? .next(rest) : .rest(rest)
  }

  /// COMMIT of an acknowledgement.
  @inline(__always)
  func replaceMark(of delivery: Delivery, by mark: Mark) -> Bool {
    markWord(delivery.buffer).compareExchange(
      delivery.mark.rawValue, mark.rawValue, at: .acknowledgeCommit)
  }

  /// Gives a delivery back: it is offered again, to whoever asks next, and counts as an attempt unless
  /// it is `uncounted`. Returns false if the consumer was declared dead. Takes no lock.
  public func reject(
    _ delivery: Delivery, as endpoint: EndpointState, uncounted: Bool = false
  ) -> Bool {
    let attempts = delivery.mark.attempts - (uncounted && delivery.delivered > 0 ? 1 : 0)
    let orphan = delivery.mark.held(
      by: endpoint.slot, generation: endpoint.word.generation &- 1, attempts: attempts)
    guard
      markWord(delivery.buffer).compareExchange(
        delivery.mark.rawValue, orphan.rawValue, at: .rejectCommit)
    else {
      return false
    }
    raiseHint(at: .rejectHint)
    return true
  }

  /// Makes the first delivered item a dead letter because it cannot be decoded. What follows it in
  /// the buffer is offered again. Takes the get lock.
  public func discardUndecodable(
    _ delivery: Delivery, text: String, _ patience: RobustMutex.Patience
  ) -> Refusal? {
    if let refusal = lockGet(patience) { return refusal }
    defer { getLock.unlock(at: .undecodableUnlock) }
    switch bury(
      delivery.buffer, delivery.mark, reason: .undecodable, text: text,
      restAttempts: delivery.restAttempts)
    {
    case .buried: return nil
    case .notMine: return .closed
    case .damaged(let what): return .corrupted(what)
    case .noSpace:
      // It cannot be kept; what follows it can.
      let rest = delivery.mark.heldByNobody.after(1, restAttempts: delivery.restAttempts)
      guard
        markWord(delivery.buffer).compareExchange(
          delivery.mark.rawValue, rest.rawValue, at: .undecodableDrop)
      else {
        return .closed
      }
      deadDropped.storeRelaxed(deadDropped.loadRelaxed() &+ 1, at: .undecodableCount)
      raiseHint(at: .undecodableHint)
      return nil
    }
  }

  /// Whether every item was acknowledged.
  public enum Acknowledged: Hashable, Sendable {
    case all
    case notYet
    /// This process itself holds an item, and would wait for itself.
    case heldHere
    case refused(Refusal)
  }

  /// Decided under the get lock: the ring is empty and every mark is 0. Refused if a record is damaged
  /// that is the next to be acknowledged in its buffer.
  public func acknowledged(_ patience: RobustMutex.Patience) -> Acknowledged {
    if let refusal = lockGet(patience) {
      return .refused(refusal)
    }
    defer { getLock.unlock(at: .acknowledgedUnlock) }
    if lifecycle.isCancelled { return .refused(.cancelled) }
    var held = false
    for buffer in 0..<buffers {
      let mark = Mark(rawValue: markWord(buffer).loadAcquire())
      if mark.isFree { continue }
      guard mark.slot < geometry.maxEndpoints, mark.cursor < mark.count else {
        return .refused(.corrupted(.mark))
      }
      var reader = DeliveryReader(self, buffer: buffer, skipping: mark.cursor, count: 1)
      // Nobody could ever acknowledge it.
      if unsafe reader.next() == nil { return .refused(.corrupted(.record)) }
      held = true
      if isHeld(mark),
        slotOwner(mark.slot).loadRelaxed() == ProcessIdentity.current.rawValue
      {
        return .heldHere
      }
    }
    return held || tail.loadAcquire() != head.loadRelaxed() ? .notYet : .all
  }
}
