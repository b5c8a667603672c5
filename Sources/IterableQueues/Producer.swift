public import ItemCoding
public import RingBuffer

/// Puts items into a queue.
///
/// A consumer's iteration ends when every producer of a closed queue was closed; `deinit` closes too,
/// and so does the end of the process.
///
/// Thread-safe: many threads may share a producer, and their items keep each thread's order. A child
/// of `fork` that uses a producer takes it over from its parent; see `Worker.fork`.
public final class Producer<Item>: Endpoint {
  @usableFromInline let core: ProducerCore
  @usableFromInline let transport: Transport<Item>

  init(
    _ queue: QueueCore, _ transport: Transport<Item>, claimed: EndpointState? = nil
  ) throws(QueueError) {
    core = try ProducerCore(queue, claimed: claimed)
    self.transport = transport
  }

  public var endpointCore: EndpointCore { core }

  /// Puts an item, waiting for room as long as it takes.
  ///
  /// Throws `itemTooLarge` if the encoded item exceeds the queue's `maxItemBytes`, `unencodable`,
  /// `noConsumers` if it would wait for ever, `cancelled`, `endpointClosed`, or `handedOver`. If it
  /// throws, the item was not put.
  @inlinable
  public func put(_ item: Item) throws { try putForever(item) }

  @inlinable @inline(__always)
  func putForever(_ item: Item) throws(QueueError) {
    if transport.isRaw,
      unsafe withUnsafeBytes(
        of: item, { unsafe core.putAtOnce($0.baseAddress.unsafelyUnwrapped, $0.count) })
    {
      return
    }
    _ = try put(item, .forever)
  }

  /// Puts an item, waiting for room for at most `timeout`; then throws `timedOut`.
  @inlinable
  public func put(_ item: Item, timeout: Duration) throws {
    _ = try put(item, WaitLimit(timeout: timeout))
  }

  /// Puts an item if there is room now. Returns whether it was put.
  ///
  /// Does not wait, except for a lock that a stopped process holds, and then at most 100 ms.
  @inlinable
  public func tryPut(_ item: Item) throws -> Bool { try put(item, .never) }

  @inlinable
  func put(_ item: Item, _ limit: WaitLimit) throws(QueueError) -> Bool {
    if transport.isRaw {
      return try unsafe withUnsafeBytes(of: item) { bytes throws(QueueError) in
        try unsafe core.put(bytes, limit)
      }
    }
    let workspace = core.takeWorkspace()
    defer { core.giveBack(workspace) }
    try transport.encode(item, into: workspace)
    return try unsafe workspace.encoded.withUnsafeBytes { bytes throws(QueueError) in
      try unsafe core.put(bytes, limit)
    }
  }

  /// Puts items in order, one by one: each is put before the sequence is asked for the next.
  ///
  /// So a sequence that waits, or that takes from a consumer, holds nothing back. A collection is put
  /// much faster. If it throws, `acceptedItems` of the error says how many were put.
  @inlinable
  public func put(contentsOf items: some Sequence<Item>) throws {
    var accepted = 0
    for item in items {
      do throws(QueueError) {
        try putForever(item)
      } catch {
        throw error.accepting(accepted)
      }
      accepted += 1
    }
  }

  /// Puts items in order, up to 256 or 32 KiB under one lock, waiting for room as long as it takes.
  ///
  /// Much faster than single puts. Items of other producers may come between. If it throws,
  /// `acceptedItems` of the error says how many, from the start, were put.
  @inlinable
  public func put(contentsOf items: some Collection<Item>) throws {
    if transport.isRaw { try putRaw(items) } else { try putEncoded(items) }
  }

  @inlinable
  func putRaw(_ items: some Collection<Item>) throws {
    let isContiguous: Void? = try items.withContiguousStorageIfAvailable {
      try unsafe putRaw($0, after: 0)
    }
    if isContiguous != nil { return }
    let capacity = ProducerCore.itemsUnderOneLock(each: MemoryLayout<Item>.stride)
    var iterator = items.makeIterator()
    var accepted = 0
    try unsafe withUnsafeTemporaryAllocation(
      of: Item.self, capacity: min(capacity, max(1, items.underestimatedCount))
    ) { chunk in
      while true {
        var count = 0
        while count < chunk.count, let item = iterator.next() {
          unsafe chunk.initializeElement(at: count, to: item)
          count &+= 1
        }
        if count == 0 { return }
        try unsafe putRaw(UnsafeBufferPointer(rebasing: chunk[..<count]), after: accepted)
        accepted += count
      }
    }
  }

  @inlinable
  func putRaw(_ items: UnsafeBufferPointer<Item>, after accepted: Int) throws {
    guard let base = items.baseAddress else { return }
    var first = 0
    do throws(QueueError) {
      try unsafe core.put(
        UnsafeRawPointer(base), each: MemoryLayout<Item>.size, stride: MemoryLayout<Item>.stride,
        count: items.count, from: &first)
    } catch {
      throw error.accepting(accepted + first)
    }
  }

  @inlinable
  func putEncoded(_ items: some Collection<Item>) throws {
    let workspace = core.takeWorkspace()
    defer {
      unsafe workspace.batch.removeAll()
      core.giveBack(workspace)
    }
    var accepted = 0
    for item in items {
      do throws(QueueError) {
        try transport.encode(item, into: workspace)
        try core.appendEncoded(in: workspace)
      } catch {
        try flush(workspace, &accepted)
        throw error.accepting(accepted)
      }
      if unsafe workspace.batch.count >= ProducerCore.mostItemsUnderOneLock
        || workspace.batch.bytes >= ProducerCore.mostBytesUnderOneLock
      {
        try flush(workspace, &accepted)
      }
    }
    try flush(workspace, &accepted)
  }

  @usableFromInline
  func flush(_ workspace: Workspace, _ accepted: inout Int) throws(QueueError) {
    var first = 0
    do {
      unsafe try core.put(workspace.batch, from: &first)
    } catch {
      throw error.accepting(accepted + first)
    }
    accepted += first
    unsafe workspace.batch.removeAll()
  }

  /// Closes the producer. A put that waits in another thread ends with `endpointClosed`.
  ///
  /// Closing twice does nothing; nor does closing an endpoint that another process owns.
  public func close() { core.close() }
}
