internal import RingBuffer

/// Takes items from a queue; iterate it.
///
/// The iteration ends exactly when the queue is closed, no producer is left, and nothing is left to
/// read, also when processes die. Asking for the next item acknowledges the one before it. An item
/// that is not acknowledged when its consumer dies, is closed by `deinit`, rejects or releases it, goes
/// to another consumer.
///
/// To leave the loop by `break`, `return` or `throw` says nothing of the item in hand: it stays there
/// until you acknowledge, reject or release it, ask for the next one, or close the consumer. If you do
/// none of these and let the consumer go, another one gets the item.
///
/// Thread-safe: many threads may share a consumer, but the next `get` of any of them acknowledges
/// the consumer's item; for delivery at least once, give each thread a consumer of its own. A child
/// of `fork` that uses a consumer takes it over from its parent; see `Worker.fork`.
public final class Consumer<Item>: Endpoint, Sequence, IteratorProtocol {
  @usableFromInline let core: ConsumerCore
  @usableFromInline let transport: Transport<Item>

  init(
    _ queue: QueueCore, _ transport: Transport<Item>, claimed: EndpointState? = nil
  ) throws(QueueError) {
    core = try ConsumerCore(queue, claimed: claimed)
    self.transport = transport
  }

  public var endpointCore: EndpointCore { core }

  /// Takes the next item, waiting for it as long as it takes; nil at the end.
  ///
  /// Acknowledges the item before it. Throws `undecodable` for an item that the codec cannot read,
  /// which becomes a dead letter; `cancelled`; `endpointClosed`; `handedOver`; `busy` in a decoder or a
  /// `withNextBytes` of this consumer.
  @inlinable
  public func get() throws -> Item? {
    try getTyped()
  }

  /// Takes the next item, waiting for at most `timeout`; nil at the end. Throws `timedOut` if no item
  /// came in time, or another thread kept the consumer busy; otherwise as `get()`.
  @inlinable
  public func get(timeout: Duration) throws -> Item? {
    switch try get(WaitLimit(timeout: timeout)) {
    case .item(let item): item
    case .empty, .done: nil
    }
  }

  /// Takes the next item if there is one now. Acknowledges the item before it, and throws as `get()`.
  ///
  /// Waits only for a lock that a stopped process holds, and for another thread that decodes or reads an item
  /// with this consumer; for each at most 100 ms. Then it says `empty`, whatever there may be.
  @inlinable
  public func poll() throws -> Poll<Item> { try get(.never) }

  // Public functions throw untyped: Swift 6.3.1 crashes on conditional catches of typed errors in
  // functions with closures, which users write all the time.
  @inlinable
  func getTyped() throws(QueueError) -> Item? {
    if transport.isRaw { return try getRaw() }
    return switch try get(.forever) {
    case .item(let item): item
    case .empty, .done: nil
    }
  }

  @inlinable
  func getRaw() throws(QueueError) -> Item? {
    if isReadInPlace {
      guard let place = unsafe try core.takeInPlace(each: MemoryLayout<Item>.size) else {
        return nil
      }
      defer { core.finishTaking() }
      return unsafe place.assumingMemoryBound(to: Item.self).pointee
    }
    return try unsafe withUnsafeTemporaryAllocation(of: Item.self, capacity: 1) {
      place throws(QueueError) in
      let start = unsafe UnsafeMutableRawPointer(place.baseAddress.unsafelyUnwrapped)
      let size = MemoryLayout<Item>.size
      if unsafe core.takeCopyAtOnce(to: start, each: size) { return unsafe place[0] }
      guard case .items = try unsafe core.takeCopy(to: start, each: size, .forever) else {
        return nil
      }
      return unsafe place[0]
    }
  }

  @inlinable
  func get(_ limit: WaitLimit) throws(QueueError) -> Poll<Item> {
    if transport.isRaw { return try getRaw(limit) }
    switch try core.take(upTo: 1, limit) {
    case .nothing: return .empty
    case .end: return .done
    case .items: return try getDelivered(limit)
    }
  }

  @inlinable
  func getDelivered(_ limit: WaitLimit) throws(QueueError) -> Poll<Item> {
    guard let item = try decodeDelivered(limit) else { return .empty }
    core.finishTaking()
    return .item(item)
  }

  /// The delivered item; the handle stays locked. Where this returns nil or throws, it is unlocked.
  @inlinable
  func decodeDelivered(_ limit: WaitLimit) throws(QueueError) -> Item? {
    var result: Result<Item, any Error>?
    try unsafe core.forEachDelivered { bytes in
      result = Result { try unsafe transport.decode(bytes) }
      return false
    }
    switch result {
    case .success(let item): return item
    case .failure(let error):
      try core.finishTaking(undecodableAt: 0, error, limit)
      return nil
    case nil:
      core.finishTaking()
      return nil
    }
  }

  @inlinable
  func getRaw(_ limit: WaitLimit) throws(QueueError) -> Poll<Item> {
    try unsafe withUnsafeTemporaryAllocation(of: Item.self, capacity: 1) {
      place throws(QueueError) in
      let taken = try unsafe core.takeCopy(
        to: UnsafeMutableRawPointer(place.baseAddress.unsafelyUnwrapped),
        each: MemoryLayout<Item>.size, limit)
      return switch taken {
      case .items: unsafe .item(place[0])
      case .nothing: .empty
      case .end: .done
      }
    }
  }

  /// Whether an item is `[UInt8]` that travels as a CBOR byte string.
  @inlinable @inline(__always)
  var isByteArray: Bool { Item.self == [UInt8].self && transport.isByteString }

  /// The next item, waiting for it as long as it takes; nil at the end, or if an error ended the
  /// iteration, which `failure` then holds. Items that cannot be decoded are passed over: they
  /// become dead letters. In a decoder or a `withNextBytes` of this consumer, it ends the iteration for good, with
  /// the failure `busy`.
  ///
  /// Of `[UInt8]`, the consumer keeps the last item's array, and uses its memory for the next one if nobody
  /// else has it then: an array that you keep stays as it is, and one that you change is copied first.
  /// `get()` keeps nothing.
  @inlinable
  public func next() -> Item? {
    if transport.isRaw { return nextRaw() }
    if core.hasFailed { return nil }
    while true {
      do throws(QueueError) {
        guard case .items = try core.take(upTo: 1, .forever) else { return nil }
        if isByteArray, let bytes = try core.refillLast() {
          core.finishTaking()
          return unsafe unsafeBitCast(bytes, to: Item.self)
        }
        if case .item(let item) = try getDelivered(.forever) { return item }
      } catch {
        if error.code == .undecodable { continue }
        core.fail(error)
        return nil
      }
    }
  }

  /// Whether items that travel as they are are so large that each copy counts, of which the compiler
  /// makes several for a value that comes by way of a temporary.
  @inlinable @inline(__always)
  var isReadInPlace: Bool { MemoryLayout<Item>.size > 64 && MemoryLayout<Item>.alignment <= 8 }

  @inlinable @inline(__always)
  func nextRaw() -> Item? {
    if isReadInPlace {
      guard let place = unsafe core.nextInPlace(each: MemoryLayout<Item>.size) else { return nil }
      defer { core.finishTaking() }
      return unsafe place.assumingMemoryBound(to: Item.self).pointee
    }
    return unsafe withUnsafeTemporaryAllocation(of: Item.self, capacity: 1) { place in
      let start = unsafe UnsafeMutableRawPointer(place.baseAddress.unsafelyUnwrapped)
      return unsafe core.nextCopy(to: start, each: MemoryLayout<Item>.size) ? place[0] : nil
    }
  }

  /// The error that ended the iteration; nil if it ended because there was nothing more.
  public var failure: QueueError? { core.failure }

  /// Why the stream of items ended; nil before the end.
  public var endReason: EndReason? { core.endReason }

  /// How often the item in hand has been delivered, this time included; 0 if none is in hand. In a decoder,
  /// that of the item which it decodes.
  public var attempt: Int { core.attempt }

  /// Says that the item in hand, or the batch, is done with: it will not be delivered again.
  ///
  /// The next `get` does the same; call this where that may be long in coming. Does nothing if none is in hand,
  /// or in a decoder. In `withNextBytes` it takes effect when the closure has returned, which it also waits for in
  /// another thread; so do `reject()` and `release()`.
  public func acknowledge() { core.settle(.acknowledge) }

  /// Gives the item in hand, or the batch, back: it is offered again, to whoever asks next, with
  /// `attempt` + 1; after `maxDeliveries` it becomes a dead letter.
  ///
  /// Reject an item that is to blame; `release()` one that is not. Does nothing if none is in hand.
  public func reject() { core.settle(.reject) }

  /// Gives the item in hand, or the batch, back as if it had not been delivered: it is offered again, to
  /// whoever asks next, with the same `attempt`.
  ///
  /// For a consumer that has no use for the item, which is not to blame: it was interrupted, or has not
  /// begun. However often that happens, the item does not become a dead letter for it. A queue that
  /// delivers at most once delivers it again too. Does nothing if none is in hand. Takes none of the
  /// queue's locks.
  public func release() { core.settle(.release) }

  /// Acknowledges the item in hand, and closes the consumer. A `get` that waits in another thread
  /// ends with `endpointClosed`.
  ///
  /// In a decoder or a `withNextBytes` of this consumer it takes effect when that has returned, which it also
  /// waits for in another thread.
  ///
  /// Closing twice does nothing; nor does closing an endpoint that another process owns.
  public func close() { core.close() }
}

/// What `poll()` found.
public enum Poll<Item> {
  case item(Item)
  /// Nothing now, or not to be had at once; more may come.
  case empty
  /// Nothing, and nothing will come.
  case done
}

extension Poll: Sendable where Item: Sendable {}
extension Poll: Equatable where Item: Equatable {}

/// How a queue's stream of items came to its end.
public enum EndReason: Hashable, Sendable {
  /// Every producer was closed.
  case finished
  /// So many producers died without closing: what they had not put is missing.
  case producersLost(Int)
}
