extension Consumer {
  /// Takes what is there, up to `count` items, waiting until there is one; empty at the end.
  ///
  /// Much faster than single items. They are acknowledged together, by the next `get`. Where an item
  /// in the middle cannot be decoded, those before it are returned, and the next call throws.
  @inlinable
  public func get(upTo count: Int) throws -> [Item] {
    var nothing = LastArray<Item>()
    return try getTyped(upTo: count, reusing: &nothing)
  }

  /// Takes what is there, up to `count` items, waiting at most `timeout` for the first; empty at the
  /// end. Throws `timedOut` if no item came in time.
  @inlinable
  public func get(upTo count: Int, timeout: Duration) throws -> [Item] {
    var nothing = LastArray<Item>()
    return try getTyped(upTo: count, WaitLimit(timeout: timeout), reusing: &nothing)
  }

  @inlinable
  func getTyped(
    upTo count: Int, _ limit: WaitLimit = .forever, reusing last: inout LastArray<Item>
  ) throws(QueueError) -> [Item] {
    precondition(count > 0, "a batch has at least one item")
    guard case .items(let count) = try core.take(upTo: count, limit) else { return [] }
    if transport.isRaw { return try getDeliveredRaw(count, limit, reusing: &last) }
    var items: [Item] = []
    if isByteArray {
      var arrays = unsafe unsafeBitCast(last.take(), to: [[UInt8]].self)
      if core.refill(&arrays) { last.wasShared() }
      items = unsafe unsafeBitCast(arrays, to: [Item].self)
    }
    items.reserveCapacity(count)
    var failure: (any Error)?
    if items.count < count {
      try unsafe core.forEachDelivered(after: items.count) { bytes in
        do {
          items.append(try unsafe transport.decode(bytes))
          return true
        } catch {
          failure = error
          return false
        }
      }
    }
    if let failure {
      try core.finishTaking(undecodableAt: items.count, failure, limit)
    } else {
      core.finishTaking()
    }
    if isByteArray { last.keep(items) }
    return items
  }

  @inlinable
  func getDeliveredRaw(
    _ count: Int, _ limit: WaitLimit, reusing last: inout LastArray<Item>
  ) throws(QueueError) -> [Item] {
    var items = last.take()
    if items.count >= count {
      var copied = 0
      let isShared = try unsafe items.overwrite { items throws(QueueError) in
        copied = try unsafe copyDelivered(to: items, limit)
      }
      if isShared { last.wasShared() }
      if copied < items.count { items.removeLast(items.count - copied) }
    } else {
      items = try unsafe [Item](unsafeUninitializedCapacity: count) {
        items, copied throws(QueueError) in
        copied = try unsafe copyDelivered(to: items, limit)
      }
    }
    last.keep(items)
    return items
  }

  @inlinable @inline(__always)
  func copyDelivered(
    to items: UnsafeMutableBufferPointer<Item>, _ limit: WaitLimit
  ) throws(QueueError) -> Int {
    try unsafe core.copyDelivered(
      to: UnsafeMutableRawPointer(items.baseAddress.unsafelyUnwrapped),
      each: MemoryLayout<Item>.size, stride: MemoryLayout<Item>.stride, limit)
  }

  /// Iterates over batches of what is there, up to `count` items each, waiting until there is one.
  ///
  /// Asking for the next batch acknowledges the one before it. If an error ends the iteration,
  /// `failure` holds it; items that cannot be decoded are passed over.
  ///
  /// Of numbers, `.raw()` structs and `[UInt8]`, the iteration keeps the last batch, and uses its memory for
  /// the next one if nobody else has it then: a batch that you keep stays as it is, and one that you change
  /// is copied first. `get(upTo:)` keeps nothing.
  @inlinable
  public func batches(upTo count: Int) -> Batches<Item> { Batches(consumer: self, count: count) }
}

/// The items of a consumer in batches; iterate it. Thread-safe, as the consumer is.
@frozen
public struct Batches<Item>: Sequence, Sendable {
  @usableFromInline let consumer: Consumer<Item>
  @usableFromInline let count: Int

  @usableFromInline
  init(consumer: Consumer<Item>, count: Int) {
    precondition(count > 0, "a batch has at least one item")
    self.consumer = consumer
    self.count = count
  }

  @inlinable
  public func makeIterator() -> Iterator { Iterator(self) }

  /// One thread's iteration over batches.
  @frozen
  public struct Iterator: IteratorProtocol {
    @usableFromInline let consumer: Consumer<Item>
    @usableFromInline let count: Int
    @usableFromInline var last: LastArray<Item>

    @usableFromInline
    init(_ batches: Batches<Item>) {
      consumer = batches.consumer
      count = batches.count
      last = LastArray()
    }

    /// The next batch; nil at the end.
    @inlinable
    public mutating func next() -> [Item]? {
      if consumer.core.hasFailed { return nil }
      while true {
        do throws(QueueError) {
          let items = try consumer.getTyped(upTo: count, reusing: &last)
          return items.isEmpty ? nil : items
        } catch {
          if error.code == .undecodable { continue }
          consumer.core.fail(error)
          return nil
        }
      }
    }
  }
}
