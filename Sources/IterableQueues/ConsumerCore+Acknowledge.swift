internal import RingBuffer
internal import SharedMemory
internal import Synchronization

extension ConsumerCore {
  var attempt: Int {
    guard lock.lock() == .acquired else { return 0 }
    defer { lock.unlock() }
    return unsafe held.pointee.delivery.map { $0.delivered > 0 ? $0.attempt : 0 } ?? 0
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
    guard let delivery = unsafe held.pointee.delivery, delivery.delivered > 0 else { return }
    unsafe held.pointee.delivery = nil
    switch ring.acknowledge(delivery, delivering: false) {
    case .finished: queue.wakeAcknowledged()
    case .rest(let rest), .next(let rest): unsafe held.pointee.delivery = rest
    case .lost: unsafe held.pointee.failure = queue.refused(.closed)
    }
  }

  func reject() {
    guard isMine, lock.lock() == .acquired else { return }
    defer { lock.unlock() }
    if let delivery = unsafe held.pointee.delivery, delivery.delivered > 0 { rejectHeld(delivery) }
  }

  /// Under the handle's lock.
  private func rejectHeld(_ delivery: Delivery) {
    unsafe held.pointee.delivery = nil
    if ring.reject(delivery, as: state) {
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
    if let rest = unsafe held.pointee.delivery { rejectHeld(rest) }
  }

  func forgetParentsState() {
    _ = lock.lock()
    unsafe held.pointee.delivery = nil
    unsafe held.pointee.closesAfterUserCode = false
    lock.unlock()
  }

  func finishClosing() {
    guard lock.lock() == .acquired else {
      unsafe held.pointee.closesAfterUserCode = true
      return
    }
    acknowledgeHeld()
    unsafe held.pointee.delivery = nil
    lock.unlock()
    release(.forever)
  }

  func finishAbandoning() {
    guard lock.lock() == .acquired else { return }
    unsafe held.pointee.delivery = nil
    lock.unlock()
    release(.forever)
  }
}
