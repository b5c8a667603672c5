internal import ItemCoding
public import RingBuffer
internal import SharedMemory
internal import Synchronization

/// The part of a producer that does not depend on the item's type.
@usableFromInline
final class ProducerCore: EndpointCore, @unchecked Sendable {
  private let idle = Idle<Workspace>()

  init(_ queue: QueueCore) throws(QueueError) { try super.init(queue, .producer) }

  /// Buffers that no other thread uses; give them back.
  @usableFromInline
  func takeWorkspace() -> Workspace { idle.take() ?? Workspace() }

  @usableFromInline
  func giveBack(_ workspace: Workspace) { idle.giveBack(workspace) }

  /// Puts one item's bytes. Returns false only where it may not wait and there is no room.
  @usableFromInline
  func put(_ payload: UnsafeRawBufferPointer, _ limit: WaitLimit) throws(QueueError) -> Bool {
    let bytes = payload.count
    if bytes > queue.maxItemBytes { throw queue.itemTooLarge(bytes) }
    try claimIfInherited()
    var wasWoken = false
    while true {
      switch unsafe ring.put(payload, as: state, limit.patience) {
      case .accepted:
        accepted(wasWoken: wasWoken)
        return true
      case .noRoom:
        guard try waitForRoom(Ring.recordBytes(bytes), limit, &wasWoken) else { return false }
      case .refused(let refusal):
        if wasWoken { queue.passOnToProducers() }
        if case .never = limit, refusal == .lockTimedOut { return false }
        throw refused(refusal)
      }
    }
  }

  /// Puts a batch's records from `first` on. `first` tells how many were put, also if it
  /// throws.
  @usableFromInline
  func put(
    _ batch: borrowing RecordBatch, from first: inout Int, _ limit: WaitLimit
  ) throws(QueueError) {
    try claimIfInherited()
    var wasWoken = false
    while first < batch.count {
      switch ring.put(batch, from: first, as: state, limit.patience) {
      case .accepted(let count):
        first += count
        accepted(wasWoken: wasWoken)
        wasWoken = false
      case .noRoom:
        guard try waitForRoom(batch.recordBytes(at: first), limit, &wasWoken) else { return }
      case .refused(let refusal):
        if wasWoken { queue.passOnToProducers() }
        throw refused(refusal)
      }
    }
  }

  /// Appends one item's bytes to the batch of `workspace`.
  @usableFromInline
  func append(_ payload: UnsafeRawBufferPointer, to workspace: Workspace) throws(QueueError) {
    let bytes = payload.count
    if bytes > queue.maxItemBytes { throw queue.itemTooLarge(bytes) }
    unsafe workspace.batch.append(payload)
  }

  /// Appends the encoded item to the batch of `workspace`.
  @usableFromInline
  func appendEncoded(in workspace: Workspace) throws(QueueError) {
    let bytes = unsafe workspace.encoded.count
    if bytes > queue.maxItemBytes { throw queue.itemTooLarge(bytes) }
    unsafe workspace.encoded.withUnsafeBytes { unsafe workspace.batch.append($0) }
  }

  @inline(__always)
  private func accepted(wasWoken: Bool) {
    queue.wakeConsumers()
    if wasWoken { queue.passOnToProducers() }
    countOperation()
  }

  /// Sleeps until there may be room. Returns false where it may not wait.
  private func waitForRoom(
    _ bytes: Int, _ limit: WaitLimit, _ wasWoken: inout Bool
  ) throws(QueueError) -> Bool {
    let life = ring.lifecycle
    if life.isWithoutConsumers && !life.isCancelled { throw queue.noConsumers("a put") }
    if case .never = limit { return false }
    if case .until(let deadline) = limit, deadline.isPast {
      if wasWoken { queue.passOnToProducers() }
      throw queue.timedOut("the queue stayed full")
    }
    let ring = ring
    let woken = sleep(on: ring.producersWait, until: limit.deadline) {
      if ring.hasRoom(forRecord: bytes) { return true }
      let life = ring.lifecycle
      return life.isCancelled || life.isWithoutConsumers
    }
    if woken { wasWoken = true }
    return true
  }

  package override func close() {
    guard beginClosing(ring.producersWait), isMine else { return }
    // A put that found the endpoint open is over once the put lock was free.
    _ = ring.passThroughPutLock(.forever)
    release(.forever)
  }

  package override func abandon() { close() }

  deinit {
    if !state.isClosing.load(ordering: .relaxed), isMine { release(.briefly) }
  }
}
