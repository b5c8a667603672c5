extension Consumer {
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
