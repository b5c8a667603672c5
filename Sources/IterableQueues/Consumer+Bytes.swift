internal import ItemCoding
internal import RingBuffer
internal import SharedMemory

extension Consumer where Item == [UInt8] {
  /// Takes the next item, waiting for it as long as it takes, and gives its bytes to `body` where they lie;
  /// returns what `body` returns, or nil at the end.
  ///
  /// Nothing is allocated, and the bytes are not copied once more: of large items that is a third of the
  /// time. Acknowledges the item before; the item is in hand while `body` runs and afterwards, also if `body`
  /// throws. In `body`, `acknowledge()`, `reject()`, `release()` and `close()` take effect when it has
  /// returned, and taking another item throws `busy`; other threads that use the consumer wait meanwhile.
  ///
  /// Throws what `get()` throws, and what `body` throws. The bytes are aligned to nothing, and lie in shared
  /// memory: a process that runs amok may change them while you read, as it may the rest of the queue.
  @inlinable
  public func withNextBytes<Value>(_ body: (Span<UInt8>) throws -> Value) throws -> Value? {
    while case .items = try core.take(upTo: 1, .forever) {
      if transport.isByteString, let bytes = unsafe try core.beginReadingByteString() {
        defer { core.endReading() }
        return try unsafe body(bytes.assumingMemoryBound(to: UInt8.self).span)
      }
      if case .item(let item) = try getDelivered(.forever) { return try body(item.span) }
    }
    return nil
  }
}

extension ConsumerCore {
  /// The delivered item, where it lies, until `endReading()`; nil if it is no byte string in one piece. The
  /// handle is locked unless it throws.
  @usableFromInline
  func beginReadingByteString() throws(QueueError) -> UnsafeRawBufferPointer? {
    guard let contents = unsafe try deliveredByteString() else { return nil }
    lock.beginUserCode()
    return unsafe contents
  }

  /// Unlocks the handle.
  @usableFromInline
  func endReading() {
    lock.endUserCode()
    finishTaking()
  }

  /// The contents of the delivered item; nil if it is no byte string in one piece, or none is delivered. The
  /// handle is locked unless it throws.
  func deliveredByteString() throws(QueueError) -> UnsafeRawBufferPointer? {
    let delivery = unsafe held.pointee.delivery
    if delivery.isNothing { return nil }
    var reader = ring.reader(of: delivery)
    guard let item = unsafe reader.next() else { throw finishDamaged() }
    return unsafe ByteString.contents(of: item)
  }
}
