internal import ItemCoding
internal import RingBuffer
internal import SharedMemory

extension Consumer where Item == [UInt8] {
  /// Takes the next item, waiting for it as long as it takes, and gives its bytes to `body` where they lie;
  /// returns what `body` returns, or nil at the end.
  ///
  /// With the codec CBOR no array is made for the item, which saves 40 % of the time for one of 64 KiB; but bytes
  /// that another program wrote in pieces, or as an array of numbers, are put together first.
  ///
  /// Acknowledges the item before. This one is in hand while `body` runs, and afterwards, also if `body` throws.
  /// In `body`, the first of `acknowledge()`, `reject()`, `release()` and `close()` takes effect, when it has
  /// returned or the process leaves by `exit`; to take another item throws `busy`, and ends an iteration of this
  /// consumer for good. Other threads that use the consumer wait meanwhile. A child that is forked there has no
  /// part in the item.
  ///
  /// Throws what `get()` throws, and what `body` throws. The bytes have no particular alignment. They lie in
  /// shared memory: a process that misbehaves may change them while you read, as it may the rest of the queue.
  @inlinable
  public func withNextBytes<Value>(_ body: (Span<UInt8>) throws -> Value) throws -> Value? {
    while case .items = try core.take(upTo: 1, .forever) {
      if transport.isByteString, let bytes = unsafe try core.deliveredByteString() {
        core.beginReading()
        defer { core.endReading() }
        return try unsafe body(bytes.assumingMemoryBound(to: UInt8.self).span)
      }
      if let item = try decodeDelivered(.forever) {
        core.beginReading()
        defer { core.endReading() }
        return try body(item.span)
      }
    }
    return nil
  }
}

extension ConsumerCore {
  /// Lends the delivered item to the user's code, until `endReading()`. The handle is locked.
  @usableFromInline
  func beginReading() {
    unsafe held.pointee.isLent = true
    lock.beginUserCode()
  }

  /// Does what the user's code asked for, and unlocks the handle. In a child that was forked there, the item is
  /// still the parent's, and nothing is done.
  @usableFromInline
  func endReading() {
    if !lock.endUserCode() { return }
    unsafe held.pointee.isLent = false
    if let settlement = unsafe held.pointee.settlement {
      unsafe held.pointee.settlement = nil
      settleHeld(settlement)
    }
    finishTaking()
  }

  /// The contents of the delivered item; nil if it is no byte string in one piece, or none is delivered. The
  /// handle is locked unless it throws.
  @usableFromInline
  func deliveredByteString() throws(QueueError) -> UnsafeRawBufferPointer? {
    let delivery = unsafe held.pointee.delivery
    if delivery.isNothing { return nil }
    var reader = ring.reader(of: delivery)
    guard let item = unsafe reader.next() else { throw finishDamaged() }
    return unsafe ByteString.contents(of: item)
  }
}
