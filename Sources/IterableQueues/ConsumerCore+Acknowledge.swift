internal import RingBuffer
internal import SharedMemory
internal import Synchronization

extension ConsumerCore {
  var attempt: Int {
    unsafe withHeld { held in
      let delivery = unsafe held.pointee.delivery
      return delivery.delivered > 0 ? delivery.attempt : 0
    }
  }

  var failure: QueueError? { unsafe withHeld { unsafe $0.pointee.failure } }

  var endReason: EndReason? { unsafe withHeld { unsafe $0.pointee.endReason } }

  /// Also in the user's code, for which this thread holds the lock.
  private func withHeld<Value>(_ body: (UnsafeMutablePointer<Held>) -> Value) -> Value {
    let isHeldHere = lock.lock() == .reentrant
    defer { if !isHeldHere { lock.unlock() } }
    return unsafe body(held)
  }

  func settle(_ settlement: Settlement) {
    guard isMine else { return }
    if lock.lock() == .acquired {
      settleHeld(settlement)
      lock.unlock()
    } else if unsafe held.pointee.isLent && held.pointee.settlement == nil
      && !held.pointee.closesAfterUserCode
    {
      unsafe held.pointee.settlement = settlement
    }
  }

  /// Under the handle's lock.
  func settleHeld(_ settlement: Settlement) {
    switch settlement {
    case .acknowledge: acknowledgeHeld()
    case .reject, .release:
      let delivery = unsafe held.pointee.delivery
      if delivery.delivered > 0 { rejectHeld(delivery, uncounted: settlement == .release) }
    }
  }

  /// Ends the iteration with an error.
  @usableFromInline
  func fail(_ error: QueueError) {
    unsafe withHeld { held in
      unsafe held.pointee.failure = error
      hasFailedFlag.store(true, ordering: .relaxed)
    }
  }

  @usableFromInline
  var hasFailed: Bool { hasFailedFlag.load(ordering: .relaxed) }

  /// Under the handle's lock.
  private func acknowledgeHeld() {
    let delivery = unsafe held.pointee.delivery
    if delivery.delivered == 0 { return }
    unsafe held.pointee.delivery = .nothing(lastBuffer: unsafe held.pointee.delivery.buffer)
    switch ring.acknowledge(delivery, delivering: false) {
    case .finished: queue.wakeAcknowledged()
    case .rest(let rest), .next(let rest): unsafe held.pointee.delivery = rest
    case .lost: unsafe held.pointee.failure = queue.refused(.closed)
    }
  }

  /// Under the handle's lock.
  private func rejectHeld(_ delivery: Delivery, uncounted: Bool) {
    unsafe held.pointee.delivery = .nothing(lastBuffer: unsafe held.pointee.delivery.buffer)
    if ring.reject(delivery, as: state, uncounted: uncounted) {
      queue.wakeConsumers()
    } else {
      unsafe held.pointee.failure = queue.refused(.closed)
    }
  }
}

// Handing over and closing.
extension ConsumerCore {
  func prepare() throws(QueueError) {
    guard lock.tryLock() else { throw busy() }
    defer { lock.unlock() }
    acknowledgeHeld()
    let rest = unsafe held.pointee.delivery
    if !rest.isNothing { rejectHeld(rest, uncounted: true) }
  }

  func finishClosing() {
    guard lock.lock() == .acquired else {
      unsafe held.pointee.closesAfterUserCode = true
      return
    }
    acknowledgeHeld()
    letGo()
    lock.unlock()
    release(.forever)
  }

  /// The user's code that has the handle's lock does not return if this thread runs it: what that asked for is
  /// done now. A decoder has no item in hand that could be acknowledged.
  func finishLeaving(wasOpen: Bool, isSuccess: Bool, until deadline: Deadline) {
    let outcome = lock.lock(until: deadline)
    if outcome == .timedOut { return }
    let isInUserCode = outcome == .reentrant
    defer { if !isInUserCode { lock.unlock() } }
    if !wasOpen && !isInUserCode { return }
    let isLent = unsafe held.pointee.isLent
    if let settlement = unsafe held.pointee.settlement {
      settleHeld(settlement)
    } else if isInUserCode
      ? unsafe isLent && (isSuccess || held.pointee.closesAfterUserCode) : isSuccess
    {
      acknowledgeHeld()
    }
    letGo()
    release(.forever)
  }

  /// Under the handle's lock.
  private func letGo() {
    unsafe held.pointee.delivery = .nothing(lastBuffer: unsafe held.pointee.delivery.buffer)
    unsafe held.pointee.last = LastArray()
  }
}
