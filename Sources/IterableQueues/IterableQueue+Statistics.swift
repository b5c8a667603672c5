internal import RingBuffer

extension IterableQueue {
  /// How many items nobody has taken yet. Others may change it at any time.
  public var count: Int { core.ring.count }

  /// Whether there is no item that nobody has taken yet. An empty queue is not an ended one.
  public var isEmpty: Bool { core.ring.count == 0 }

  /// Whether not even the smallest item has room, so that every put would wait.
  public var isFull: Bool { core.ring.isFull }

  /// Whether no further producer is let in.
  public var isClosed: Bool { core.ring.lifecycle.isClosed }

  /// What is going on in the queue. Each figure is right for some moment during the call.
  ///
  /// Looks for dead processes first, if nobody did in the last 50 ms. Does not wait.
  public var statistics: QueueStatistics {
    core.reapInTurn()
    return QueueStatistics(core.ring.statistics)
  }
}

/// What is going on in a queue.
public struct QueueStatistics: Hashable, Sendable {
  /// Items that nobody has taken yet.
  public var count: Int
  /// The bytes of the ring that these items take, with their headers.
  public var bytes: Int
  /// Items put since the queue was made, modulo 2^32.
  public var itemsPut: UInt32
  /// Items taken since the queue was made, modulo 2^32.
  public var itemsTaken: UInt32
  /// Items in consumers' hands: delivered, not acknowledged.
  public var inFlight: Int
  /// Items whose consumer died, rejected or released them, and that no other has got yet.
  public var orphaned: Int
  /// Open producers, in all processes.
  public var producers: Int
  /// Open consumers, in all processes.
  public var consumers: Int
  /// Open queue handles, in all processes.
  public var handles: Int
  /// Whether no further producers will come.
  public var isClosed: Bool
  /// Whether somebody called `cancel()`.
  public var isCancelled: Bool
  /// Producers whose process died without closing them. Who dies in the middle of counting
  /// one may let it be counted twice.
  public var lostProducers: Int
  /// Consumers whose process died without closing them, counted likewise.
  public var lostConsumers: Int
  /// Deliveries beyond the first of an item, also of one that was released.
  public var redelivered: Int
  /// Dead letters that can be read.
  public var deadLetters: Int
  /// Dead letters that had to go for newer ones.
  public var deadLettersDropped: Int

  init(_ ring: RingStatistics) {
    count = ring.items
    bytes = ring.bytes
    itemsPut = ring.itemsPut
    itemsTaken = ring.itemsTaken
    inFlight = ring.inFlight
    orphaned = ring.orphaned
    producers = ring.lifecycle.producers
    consumers = ring.lifecycle.consumers
    handles = ring.lifecycle.handles
    isClosed = ring.lifecycle.isClosed
    isCancelled = ring.lifecycle.isCancelled
    lostProducers = ring.lostProducers
    lostConsumers = ring.lostConsumers
    redelivered = ring.redelivered
    deadLetters = ring.deadLetters
    deadLettersDropped = ring.deadLettersDropped
  }
}
