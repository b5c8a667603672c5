internal import RingBuffer
internal import SharedMemory
internal import Synchronization

extension ConsumerCore {
  var attempt: Int {
    guard lock.lock() == .acquired else { return 0 }
    defer { lock.unlock() }
    let delivery = unsafe held.pointee.delivery
    return delivery.delivered > 0 ? delivery.attempt : 0
  }

  var failure: QueueError? {
    guard lock.lock() == .acquired else { return nil }
    defer { lock.unlock() }
    return unsafe held.pointee.failure
  }

  /// Ends the iteration with an error.
  @usableFromInline
  func fail(_ error: QueueError) {
    guard lock.lock() == .acquired else { return }
    defer { lock.unlock() }
    unsafe held.pointee.failure = error
    hasFailedFlag.store(true, ordering: .relaxed)
  }

  @usableFromInline
  var hasFailed: Bool { hasFailedFlag.load(ordering: .relaxed) }

  var endReason: EndReason? {
    guard lock.lock() == .acquired else { return nil }
    defer { lock.unlock() }
    return unsafe held.pointee.endReason
  }

  func acknowledge() {
    guard isMine, lock.lock() == .acquired else { return }
    defer { lock.unlock() }
    acknowledgeHeld()
  }

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

  func reject(uncounted: Bool) {
    guard isMine, lock.lock() == .acquired else { return }
    defer { lock.unlock() }
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
    guard lock.lock() == .acquired else {
      unsafe held.pointee.closesAfterUserCode = true
      return
    }
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
