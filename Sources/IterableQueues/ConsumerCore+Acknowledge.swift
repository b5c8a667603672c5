internal import RingBuffer
internal import SharedMemory
internal import Synchronization

extension ConsumerCore {
  var attempt: Int {
    unsafe read { held in
      let delivery = unsafe held.pointee.delivery
      return delivery.delivered > 0 ? delivery.attempt : 0
    }
  }

  var failure: QueueError? { unsafe read { unsafe $0.pointee.failure } }

  var endReason: EndReason? { unsafe read { unsafe $0.pointee.endReason } }

  /// Also in the user's code, for which this thread holds the lock.
  private func read<Value>(_ body: (UnsafePointer<Held>) -> Value) -> Value {
    let isHeldHere = lock.lock() == .reentrant
    defer { if !isHeldHere { lock.unlock() } }
    return unsafe body(held)
  }

  /// Locks the handle. In the user's code, for which it is locked, notes the request for later instead, and
  /// returns false.
  private func lock(orLater request: AfterUserCode) -> Bool {
    if lock.lock() == .acquired { return true }
    unsafe held.pointee.afterUserCode.insert(request)
    return false
  }

  /// Ends the iteration with an error.
  @usableFromInline
  func fail(_ error: QueueError) {
    let isHeldHere = lock.lock() == .reentrant
    defer { if !isHeldHere { lock.unlock() } }
    unsafe held.pointee.failure = error
    hasFailedFlag.store(true, ordering: .relaxed)
  }

  @usableFromInline
  var hasFailed: Bool { hasFailedFlag.load(ordering: .relaxed) }

  func acknowledge() {
    guard isMine, lock(orLater: .acknowledge) else { return }
    defer { lock.unlock() }
    acknowledgeHeld()
  }

  /// Under the handle's lock.
  func acknowledgeHeld() {
    let delivery = unsafe held.pointee.delivery
    if delivery.delivered == 0 { return }
    unsafe held.pointee.delivery = .nothing(lastBuffer: unsafe held.pointee.delivery.buffer)
    switch ring.acknowledge(delivery, delivering: false) {
    case .finished: queue.wakeAcknowledged()
    case .rest(let rest), .next(let rest): unsafe held.pointee.delivery = rest
    case .lost: unsafe held.pointee.failure = queue.refused(.closed)
    }
  }

  func reject(uncounted: Bool) {
    guard isMine, lock(orLater: uncounted ? .release : .reject) else { return }
    defer { lock.unlock() }
    rejectHeld(uncounted: uncounted)
  }

  /// Under the handle's lock.
  func rejectHeld(uncounted: Bool) {
    let delivery = unsafe held.pointee.delivery
    if delivery.delivered > 0 { rejectHeld(delivery, uncounted: uncounted) }
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
    guard lock(orLater: .close) else { return }
    acknowledgeHeld()
    unsafe held.pointee.delivery = .nothing(lastBuffer: unsafe held.pointee.delivery.buffer)
    unsafe held.pointee.last = LastArray()
    lock.unlock()
    release(.forever)
  }

  func finishAbandoning() {
    guard lock.lock() == .acquired else { return }
    unsafe held.pointee.delivery = .nothing(lastBuffer: unsafe held.pointee.delivery.buffer)
    unsafe held.pointee.last = LastArray()
    lock.unlock()
    release(.forever)
  }
}
