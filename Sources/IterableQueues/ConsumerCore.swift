internal import RingBuffer
internal import SharedMemory
internal import Synchronization

/// The part of a consumer that does not depend on the item's type.
@safe @usableFromInline
final class ConsumerCore: EndpointCore, @unchecked Sendable {
  /// What this process holds; under `lock`.
  struct Held {
    var delivery = Delivery.nothing(lastBuffer: 0)
    /// The bytes that iterating gave out last.
    var last = LastArray<UInt8>()
    var failure: QueueError?
    var endReason: EndReason?
    /// Whether the user's code has the item in hand, in `withNextBytes`; a decoder has not.
    var isLent = false
    /// The first that the closure said of the item; done when it returns.
    var settlement: Settlement?
    /// `close()` was called in the user's code, for which this thread holds `lock`.
    var closesAfterUserCode = false
  }

  /// What becomes of an item in hand.
  enum Settlement { case acknowledge, reject, release }

  /// Held for an operation, and while the user's code decodes or reads items; never while waiting for one.
  let lock = HandleLock()
  // A class variable would cost an exclusivity check on the hot path.
  let held: UnsafeMutablePointer<Held>
  let hasFailedFlag = Atomic<Bool>(false)

  init(_ queue: QueueCore, claimed: EndpointState? = nil) throws(QueueError) {
    let held = UnsafeMutablePointer<Held>.allocate(capacity: 1)
    unsafe held.initialize(to: Held())
    unsafe self.held = held
    do {
      try super.init(queue, .consumer, claimed: claimed)
    } catch {
      unsafe held.deinitialize(count: 1)
      unsafe held.deallocate()
      throw error
    }
  }

  deinit {
    if !state.isClosing.load(ordering: .relaxed), isMine { release(.briefly) }
    unsafe held.deinitialize(count: 1)
    unsafe held.deallocate()
  }

  override func forgetParentsState() {
    _ = lock.lock()
    unsafe held.pointee.delivery = .nothing(lastBuffer: unsafe held.pointee.delivery.buffer)
    unsafe held.pointee.isLent = false
    unsafe held.pointee.settlement = nil
    unsafe held.pointee.closesAfterUserCode = false
    lock.unlock()
  }

  package override func prepareForHandOver() throws(QueueError) {
    try super.prepareForHandOver()
    try prepare()
  }

  package override func close() {
    if beginClosing(ring.consumersWait), isMine { finishClosing() }
  }

  override func leave(isSuccess: Bool, until deadline: Deadline) {
    let isOpen = beginClosing(ring.consumersWait)
    if isMine { finishLeaving(wasOpen: isOpen, isSuccess: isSuccess, until: deadline) }
  }
}

// Taking.
extension ConsumerCore {
  /// How `take` ended.
  @usableFromInline
  enum Taken {
    /// So many items are delivered, and the handle is locked: read them, then `finishTaking()`.
    case items(Int)
    /// Nothing now, and it may not wait.
    case nothing
    case end
  }

  /// Acknowledges what was delivered before, then takes up to `most` items.
  @usableFromInline
  func take(upTo most: Int, _ limit: WaitLimit) throws(QueueError) -> Taken {
    if isMine, lock.lockIfFree() {
      if most == 1, case .forever = limit {
        let isTaken = unsafe ring.takeOne(acknowledging: &held.pointee.delivery, as: state)
        queue.wakeAfterTake()
        if isTaken {
          countOperation()
          return .items(1)
        }
      } else if case .items(let count) = nextStep(most, limit, hasReaped: false) {
        queue.wakeAfterTake()
        countOperation()
        return .items(count)
      }
      lock.unlock()
    }
    return try takeSlowly(upTo: most, limit)
  }

  /// The same for whatever keeps an item from being taken at once.
  @inline(never)
  func takeSlowly(upTo most: Int, _ limit: WaitLimit) throws(QueueError) -> Taken {
    guard try claimIfInherited(within: limit) else { return .nothing }
    var (wasWoken, hasReaped) = (false, false)
    while true {
      do throws(QueueError) { try lockHandle(limit) } catch {
        if wasWoken { queue.passOnToConsumers() }
        guard case .never = limit, error.code == .timedOut else { throw error }
        if let refusal = ring.refusal(state) { throw refused(refusal) }
        return .nothing
      }
      switch nextStep(most, limit, hasReaped: hasReaped) {
      case .items(let count):
        queue.wakeAfterTake()
        if wasWoken { queue.passOnToConsumers() }
        countOperation()
        return .items(count)
      case .end:
        unsafe held.pointee.endReason = endReasonNow
        unsafe held.pointee.last = LastArray()
        lock.unlock()
        if wasWoken { queue.passOnToConsumers() }
        return .end
      case .refused(let refusal):
        lock.unlock()
        if wasWoken { queue.passOnToConsumers() }
        if case .never = limit, refusal == .lockTimedOut { return .nothing }
        throw refused(refusal)
      case .again: lock.unlock()
      case .reap:
        lock.unlock()
        do throws(QueueError) {
          try queue.reap(limit.patience)
        } catch {
          if wasWoken { queue.passOnToConsumers() }
          if case .never = limit, error.code == .timedOut { return .nothing }
          throw error
        }
        hasReaped = true
      case .wait:
        lock.unlock()
        hasReaped = false
        if limit.deadline.isPast || isInterrupted {
          // Who never sleeps looks after the dead, and then once more.
          if queue.reapInTurn() { continue }
          if case .never = limit { return .nothing }
          if wasWoken { queue.passOnToConsumers() }
          throw queue.timedOut("no item came in time")
        }
        let ring = ring
        if sleep(
          on: ring.consumersWait, until: limit.deadline,
          unless: {
            if ring.hasSomethingToTake { return true }
            let life = ring.lifecycle
            return life.isEnded || life.isCancelled
          })
        {
          wasWoken = true
        }
      }
    }
  }

  private var endReasonNow: EndReason {
    let lost = ring.lostProducerCount
    return lost == 0 ? .finished : .producersLost(lost)
  }

  private enum Step {
    case items(Int)
    case end, again, reap, wait
    case refused(Refusal)
  }

  /// One attempt. Under the handle's lock.
  @inline(__always)
  private func nextStep(_ most: Int, _ limit: WaitLimit, hasReaped: Bool) -> Step {
    let delivery = unsafe held.pointee.delivery
    if !delivery.isNothing {
      unsafe held.pointee.delivery = .nothing(lastBuffer: unsafe held.pointee.delivery.buffer)
      switch ring.acknowledge(delivery, delivering: true) {
      case .finished: queue.wakeAcknowledged()
      case .next(let next):
        unsafe held.pointee.delivery = next
        return .items(next.delivered)
      case .rest(let rest):
        unsafe held.pointee.delivery = rest
        return .again
      case .lost: return .refused(.closed)
      }
    }
    switch ring.take(
      upTo: most, as: state, preferring: unsafe held.pointee.delivery.buffer, hasReaped: hasReaped,
      limit.patience)
    {
    case .taken(let delivery):
      unsafe held.pointee.delivery = delivery
      return .items(delivery.delivered)
    case .empty: return .wait
    case .reapFirst: return .reap
    case .ended: return .end
    case .again: return .again
    case .refused(let refusal): return .refused(refusal)
    }
  }

  private func lockHandle(_ limit: WaitLimit = .forever) throws(QueueError) {
    let deadline: Deadline =
      if case .never = limit {
        Deadline(nanoseconds: Deadline.now.nanoseconds + 100_000_000)
      } else {
        limit.deadline
      }
    switch lock.lock(until: deadline) {
    case .acquired: return
    case .reentrant:
      throw QueueError(
        .busy, queueName: queue.name,
        reason: "the code that decodes or reads the consumer's item asked it for another one",
        advice: "Take that when the code has returned, or use another consumer there")
    case .timedOut: throw queue.timedOut("another thread kept the consumer busy")
    }
  }

  /// Gives the delivered items' bytes to `decode`, in order, but for the first `count`, until it returns
  /// false. The handle is locked, and `decode` may come back to this consumer.
  @usableFromInline
  func forEachDelivered(
    after count: Int = 0, _ decode: (UnsafeRawBufferPointer) -> Bool
  ) throws(QueueError) {
    let delivery = unsafe held.pointee.delivery
    if delivery.isNothing { return }
    var reader = ring.reader(of: delivery, after: count)
    var count = count
    lock.beginUserCode()
    while let item = unsafe reader.next(), unsafe decode(item) { count += 1 }
    lock.endUserCode()
    if reader.isDamaged { try cutDamaged(to: count) }
  }

  /// The record behind the first `count` of the delivered items is damaged, so that nobody can tell
  /// where those behind it lie. The first stay delivered; if there are none, unlocks the handle and
  /// throws. The others are held, in nobody's hands: no `take` acknowledges them.
  func cutDamaged(to count: Int) throws(QueueError) {
    if count == 0 { throw finishDamaged() }
    unsafe held.pointee.delivery = unsafe held.pointee.delivery.cut(to: count)
  }

  /// The same where there are none: returns what to throw.
  func finishDamaged() -> QueueError {
    unsafe held.pointee.delivery = unsafe held.pointee.delivery.cut(to: 0)
    finishTaking()
    return queue.refused(.corrupted(.record))
  }

  /// Unlocks the handle after `take` returned items.
  @usableFromInline
  func finishTaking() {
    let closes = unsafe held.pointee.closesAfterUserCode
    lock.unlock()
    if closes { finishClosing() }
  }

  /// Makes the delivered item at `index` a dead letter, because `error` says that it is not a value
  /// of the item's type, and unlocks the handle. Where items come before it, they stay delivered,
  /// and the next `take` delivers it alone.
  @usableFromInline
  func finishTaking(
    undecodableAt index: Int, _ error: any Error, _ limit: WaitLimit = .forever
  ) throws(QueueError) {
    let delivery = unsafe held.pointee.delivery
    if delivery.isNothing { return finishTaking() }
    if index > 0 {
      unsafe held.pointee.delivery = delivery.cut(to: index)
      return finishTaking()
    }
    unsafe held.pointee.delivery = .nothing(lastBuffer: unsafe held.pointee.delivery.buffer)
    lock.beginUserCode()
    let text = "\(error)"
    lock.endUserCode()
    let refusal = ring.discardUndecodable(delivery, text: text, limit.patience)
    // Held still, and in nobody's hands: the next take delivers it.
    if refusal == .lockTimedOut { unsafe held.pointee.delivery = delivery.cut(to: 0) }
    finishTaking()
    if case .never = limit, refusal == .lockTimedOut { return }
    if let refusal { throw refused(refusal) }
    queue.wakeConsumers()
    throw QueueError.undecodable(error, queueName: queue.name)
  }
}
