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
    if transport.isRaw, MemoryLayout<Item>.size > 64 {
      if core.putAtOnce(wide: item) { return }
    } else if transport.isRaw,
      unsafe withUnsafeBytes(
        of: item, { unsafe core.putAtOnce($0.baseAddress.unsafelyUnwrapped, $0.count) })
    {
      return
    }
    if transport.isByteString,
      unsafe withBytes(ofByteString: item, { unsafe core.putAtOnce(byteString: $0) })
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

  /// Puts items in order, waiting for room as long as it takes.
  ///
  /// As many as the sequence says that it has (`underestimatedCount`, all of a collection) are put
  /// up to 256 or 32 KiB under one lock, much faster than single puts; items of other producers may
  /// come between. Any others are put one by one, each before the sequence is asked for the next: so
  /// a sequence that waits, or that takes from a consumer, holds nothing back. If it throws,
  /// `acceptedItems` of the error says how many, from the start, were put.
  @inlinable
  public func put(contentsOf items: some Sequence<Item>) throws {
    if transport.isRaw {
      let isContiguous: Void? = try items.withContiguousStorageIfAvailable {
        try unsafe putRaw($0, after: 0)
      }
      if isContiguous != nil { return }
    }
    if Item.self == [UInt8].self, transport.isByteString {
      let isContiguous: Void? = try items.withContiguousStorageIfAvailable {
        try unsafe putByteStrings(unsafeBitCast($0, to: UnsafeBufferPointer<[UInt8]>.self))
      }
      if isContiguous != nil { return }
    }
    let known = items.underestimatedCount
    var iterator = items.makeIterator()
    var accepted = 0
    if known > 1 {
      try transport.isRaw
        ? putRaw(&iterator, known, &accepted) : putEncoded(&iterator, known, &accepted)
    }
    while let item = iterator.next() {
      do throws(QueueError) {
        try putForever(item)
      } catch {
        throw error.accepting(accepted)
      }
      accepted += 1
    }
  }

  /// Puts the next `known` items.
  @inlinable
  func putRaw(
    _ iterator: inout some IteratorProtocol<Item>, _ known: Int, _ accepted: inout Int
  ) throws {
    let capacity = min(known, ProducerCore.itemsUnderOneLock(each: MemoryLayout<Item>.stride))
    try unsafe withUnsafeTemporaryAllocation(of: Item.self, capacity: capacity) { chunk in
      while accepted < known {
        var count = 0
        while count < min(capacity, known &- accepted), let item = iterator.next() {
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
  func putByteStrings(_ items: UnsafeBufferPointer<[UInt8]>) throws {
    var first = 0
    do throws(QueueError) {
      try unsafe core.put(byteStrings: items, from: &first)
    } catch {
      throw error.accepting(first)
    }
  }

  /// Puts the next `known` items.
  @inlinable
  func putEncoded(
    _ iterator: inout some IteratorProtocol<Item>, _ known: Int, _ accepted: inout Int
  ) throws(QueueError) {
    let workspace = core.takeWorkspace()
    defer {
      unsafe workspace.batch.removeAll()
      core.giveBack(workspace)
    }
    var left = known
    while left > 0, let item = iterator.next() {
      left -= 1
      do throws(QueueError) {
        if transport.isByteString {
          try unsafe withBytes(ofByteString: item) { bytes throws(QueueError) in
            try unsafe core.append(byteString: bytes, in: workspace)
          }
        } else {
          try transport.encode(item, into: workspace)
          try core.appendEncoded(in: workspace)
        }
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
