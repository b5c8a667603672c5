internal import ItemCoding
public import RingBuffer
internal import SharedMemory
internal import Synchronization

/// The part of a producer that does not depend on the item's type.
@usableFromInline
final class ProducerCore: EndpointCore, @unchecked Sendable {
  private let idle = Idle<Workspace>()

  init(_ queue: QueueCore, claimed: EndpointState? = nil) throws(QueueError) {
    try super.init(queue, .producer, claimed: claimed)
  }

  /// Buffers that no other thread uses; give them back.
  @usableFromInline
  func takeWorkspace() -> Workspace {
    unsafe (idle.take() ?? .passRetained(Workspace())).takeRetainedValue()
  }

  @usableFromInline
  func giveBack(_ workspace: Workspace) { unsafe idle.giveBack(.passRetained(workspace)) }

  /// Puts one item's bytes. Returns false only where it may not wait and there is no room.
  @usableFromInline
  func put(_ payload: UnsafeRawBufferPointer, _ limit: WaitLimit) throws(QueueError) -> Bool {
    if case .forever = limit, let start = payload.baseAddress,
      unsafe putAtOnce(start, payload.count)
    {
      return true
    }
    return try unsafe putSlowly(payload, limit)
  }

  /// Puts one item's bytes if nothing stands in the way; otherwise `put` does, or says what does.
  @usableFromInline
  func putAtOnce(_ payload: UnsafeRawPointer, _ bytes: Int) -> Bool {
    guard isMine, bytes <= ring.geometry.maxItemBytes,
      unsafe ring.putAtOnce(payload, bytes, as: state)
    else { return false }
    accepted()
    return true
  }

  /// The same for the bytes of a value that is so large that copies count. Not to be inlined: the compiler
  /// would copy the value first.
  @usableFromInline
  func putAtOnce<Value>(wide value: Value) -> Bool {
    unsafe withUnsafeBytes(of: value) {
      unsafe putAtOnce($0.baseAddress.unsafelyUnwrapped, $0.count)
    }
  }

  /// Puts bytes as a CBOR byte string if nothing stands in the way.
  @usableFromInline
  func putAtOnce(byteString item: UnsafeRawBufferPointer) -> Bool {
    let head = ByteString.head(item.count)
    guard isMine, head.bytes &+ item.count <= ring.geometry.maxItemBytes,
      unsafe ring.putAtOnce(head.word, head.bytes, item, as: state)
    else { return false }
    accepted()
    return true
  }

  /// Appends bytes to the batch of `workspace`, as a CBOR byte string.
  @usableFromInline
  func append(
    byteString item: UnsafeRawBufferPointer, in workspace: Workspace
  ) throws(QueueError) {
    let head = ByteString.head(item.count)
    let bytes = head.bytes + item.count
    if bytes > queue.maxItemBytes { throw queue.itemTooLarge(bytes) }
    unsafe workspace.batch.append(head.word, head.bytes, item)
  }

  /// The same for whatever keeps an item from being put at once.
  @inline(never)
  private func putSlowly(
    _ payload: UnsafeRawBufferPointer, _ limit: WaitLimit
  ) throws(QueueError) -> Bool {
    let bytes = payload.count
    if bytes > queue.maxItemBytes { throw queue.itemTooLarge(bytes) }
    guard try claimIfInherited(within: limit) else { return false }
    var wasWoken = false
    while true {
      switch unsafe ring.put(payload, as: state, limit.patience) {
      case .accepted:
        accepted()
        if wasWoken { queue.passOnToProducers() }
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
  func put(_ batch: borrowing RecordBatch, from first: inout Int) throws(QueueError) {
    try putAll(batch.count, from: &first) { next in
      (ring.put(batch, from: next, as: state, .forever), batch.recordBytes(at: next))
    }
  }

  /// Puts `count` items, each of `bytes` bytes, that lie `stride` bytes apart from `items` on. `first`
  /// tells how many were put, also if it throws.
  @usableFromInline
  func put(
    _ items: UnsafeRawPointer, each bytes: Int, stride: Int, count: Int, from first: inout Int
  ) throws(QueueError) {
    if bytes > queue.maxItemBytes { throw queue.itemTooLarge(bytes) }
    let most = Self.itemsUnderOneLock(each: bytes)
    try putAll(count, from: &first) { next in
      unsafe (
        ring.put(
          items + next &* stride, each: bytes, stride: stride, count: min(count &- next, most),
          as: state, .forever),
        Ring.recordBytes(bytes)
      )
    }
  }

  /// Puts `items` from `first` on as CBOR byte strings. `first` tells how many were put, also if it
  /// throws.
  @usableFromInline
  func put(
    byteStrings items: UnsafeBufferPointer<[UInt8]>, from first: inout Int
  ) throws(QueueError) {
    let most = queue.maxItemBytes
    let end =
      items.indices.first { unsafe Self.encodedBytes(items[$0].count) > most } ?? items.count
    try unsafe withUnsafeTemporaryAllocation(
      of: Ring.Headed.self, capacity: min(end, Self.mostItemsUnderOneLock)
    ) { chunk throws(QueueError) in
      try putAll(end, from: &first) { next in
        let (count, bytes) = unsafe Self.gather(items, next..<end, into: chunk)
        let outcome = unsafe ring.put(
          UnsafeBufferPointer(rebasing: chunk[..<count]), recordBytes: bytes, as: state, .forever)
        return (outcome, unsafe chunk[0].recordBytes)
      }
    }
    if end < items.count {
      throw queue.itemTooLarge(unsafe Self.encodedBytes(items[end].count))
    }
  }

  private static func encodedBytes(_ count: Int) -> Int {
    ByteString.head(count).bytes + count
  }

  /// Says in `chunk` where those of `items` lie that are put under one lock. Returns how many they are,
  /// and the bytes of their records.
  ///
  /// Not while the lock is held: to retain an array between two records is to wait until the first has
  /// reached the other processor.
  private static func gather(
    _ items: UnsafeBufferPointer<[UInt8]>, _ range: Range<Int>,
    into chunk: UnsafeMutableBufferPointer<Ring.Headed>
  ) -> (Int, Int) {
    var count = 0, bytes = 0
    while count < min(range.count, chunk.count) {
      // The caller's array keeps it alive.
      let contents = unsafe items[range.lowerBound &+ count].withUnsafeBytes { unsafe $0 }
      let head = ByteString.head(contents.count)
      let item = unsafe Ring.Headed(head.word, head.bytes, contents)
      if count > 0 && bytes &+ item.recordBytes > mostBytesUnderOneLock { break }
      unsafe chunk.initializeElement(at: count, to: item)
      count &+= 1
      bytes &+= item.recordBytes
    }
    return (count, bytes)
  }

  /// So many items, at least one, or so many bytes are put under one lock: others wait meanwhile.
  @inlinable static var mostItemsUnderOneLock: Int { 256 }
  @inlinable static var mostBytesUnderOneLock: Int { 1 << 15 }

  @inlinable
  static func itemsUnderOneLock(each bytes: Int) -> Int {
    max(1, min(mostItemsUnderOneLock, mostBytesUnderOneLock / max(1, bytes)))
  }

  /// Lets `put` put items until `first` is `count`. It gets the next item's index, and says what came
  /// of it and how many bytes that item takes in the ring.
  @inline(__always)
  private func putAll(
    _ count: Int, from first: inout Int, put: (Int) -> (Ring.PutOutcome, Int)
  ) throws(QueueError) {
    try claimIfInherited()
    var wasWoken = false
    while first < count {
      let (outcome, bytes) = put(first)
      switch outcome {
      case .accepted(let count):
        first &+= count
        accepted()
        if wasWoken {
          queue.passOnToProducers()
          wasWoken = false
        }
      case .noRoom: _ = try waitForRoom(bytes, .forever, &wasWoken)
      case .refused(let refusal):
        if wasWoken { queue.passOnToProducers() }
        throw refused(refusal)
      }
    }
  }

  /// Appends the encoded item to the batch of `workspace`.
  @usableFromInline
  func appendEncoded(in workspace: Workspace) throws(QueueError) {
    let bytes = unsafe workspace.encoded.count
    if bytes > queue.maxItemBytes { throw queue.itemTooLarge(bytes) }
    unsafe workspace.encoded.withUnsafeBytes { unsafe workspace.batch.append($0) }
  }

  @inline(__always)
  private func accepted() {
    queue.wakeAfterPut()
    countOperation()
  }

  /// Sleeps until there may be room. Returns false where it may not wait.
  private func waitForRoom(
    _ bytes: Int, _ limit: WaitLimit, _ wasWoken: inout Bool
  ) throws(QueueError) -> Bool {
    let life = ring.lifecycle
    if life.isWithoutConsumers && !life.isCancelled { throw queue.noConsumers("a put") }
    if limit.deadline.isPast || isInterrupted {
      // Who never sleeps looks after the dead, and then tries once more.
      if queue.reapInTurn() { return true }
      if case .never = limit { return false }
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

  deinit {
    if !state.isClosing.load(ordering: .relaxed), isMine { release(.briefly) }
  }
}
