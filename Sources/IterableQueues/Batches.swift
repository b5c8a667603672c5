extension Consumer {
  /// Iterates over batches of what is there, up to `count` items each, waiting until there is one.
  ///
  /// Asking for the next batch acknowledges the one before it. If an error ends the iteration,
  /// `failure` holds it; items that cannot be decoded are passed over. Use an iteration in one thread.
  ///
  /// The iteration keeps its last batch of items that travel as bytes, and uses that memory anew if nobody
  /// else has it any more: of `[UInt8]` those arrays that are as long as an item to come, of numbers and
  /// structs the batch's own.
  @inlinable
  public func batches(upTo count: Int) -> Batches<Item> { Batches(consumer: self, count: count) }
}

/// The items of a consumer in batches.
@frozen
public struct Batches<Item>: Sequence, IteratorProtocol {
  @usableFromInline let consumer: Consumer<Item>
  @usableFromInline let count: Int
  @usableFromInline let last: LastBatch<Item>?

  @usableFromInline
  init(consumer: Consumer<Item>, count: Int) {
    precondition(count > 0, "a batch has at least one item")
    self.consumer = consumer
    self.count = count
    let isKept =
      consumer.transport.isRaw
      || consumer.transport.isByteString && Item.self == [UInt8].self
    last = isKept ? LastBatch() : nil
  }

  /// The next batch; nil at the end.
  @inlinable
  public func next() -> [Item]? {
    if consumer.core.hasFailed { return nil }
    while true {
      do throws(QueueError) {
        let items = try consumer.getTyped(upTo: count, reusing: last)
        return items.isEmpty ? nil : items
      } catch {
        if error.code == .undecodable { continue }
        consumer.core.fail(error)
        return nil
      }
    }
  }
}
