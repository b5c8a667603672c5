extension Consumer {
  /// Iterates over batches of what is there, up to `count` items each, waiting until there is one.
  ///
  /// Asking for the next batch acknowledges the one before it. If an error ends the iteration,
  /// `failure` holds it; items that cannot be decoded are passed over. Use an iteration in one thread.
  ///
  /// Of `[UInt8]`, the iteration keeps the last batch, and fills those arrays anew that are as long as an
  /// item to come and that nobody else has any more.
  @inlinable
  public func batches(upTo count: Int) -> Batches<Item> { Batches(consumer: self, count: count) }
}

/// The items of a consumer in batches.
@frozen
public struct Batches<Item>: Sequence, IteratorProtocol {
  @usableFromInline let consumer: Consumer<Item>
  @usableFromInline let count: Int
  @usableFromInline let last: LastBatch?

  @usableFromInline
  init(consumer: Consumer<Item>, count: Int) {
    precondition(count > 0, "a batch has at least one item")
    self.consumer = consumer
    self.count = count
    last = consumer.transport.isByteString && Item.self == [UInt8].self ? LastBatch() : nil
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
