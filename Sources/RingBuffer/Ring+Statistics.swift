import SharedMemory

/// What is going on in a queue, at about one moment.
public struct RingStatistics: Hashable, Sendable {
  public var items: Int
  public var bytes: Int
  /// Items put and taken since the queue was made, modulo 2^32.
  public var itemsPut: UInt32
  public var itemsTaken: UInt32
  public var inFlight: Int
  public var orphaned: Int
  public var lostProducers: Int
  public var lostConsumers: Int
  public var redelivered: Int
  public var deadLetters: Int
  public var deadLettersDropped: Int
  public var lifecycle: Lifecycle
}

extension Ring {
  /// Items in the ring, which nobody has taken yet.
  public var count: Int {
    let head = Position(rawValue: head.loadAcquire())
    return Int(Position(rawValue: tail.loadAcquire()).items &- head.items)
  }

  /// Whether not even the smallest item has room.
  public var isFull: Bool { !hasRoom(forRecord: Record.size(0)) }

  /// Whether everything was taken.
  @inline(__always)
  public var isDrained: Bool { head.loadRelaxed() == tail.loadRelaxed() }

  /// Producers whose process died without closing them.
  public var lostProducerCount: Int { Int(truncatingIfNeeded: lostProducers.loadRelaxed()) }

  /// Read without a lock: each figure is right for some moment during the call.
  public var statistics: RingStatistics {
    let head = Position(rawValue: head.loadAcquire())
    let tail = Position(rawValue: tail.loadAcquire())
    var inFlight = 0
    var orphaned = 0
    for buffer in 0..<buffers {
      let mark = Mark(rawValue: markWord(buffer).loadAcquire())
      guard !mark.isFree, mark.slot < geometry.maxEndpoints, mark.cursor < mark.count else {
        continue
      }
      if isHeld(mark) {
        inFlight += mark.count - mark.cursor
      } else {
        orphaned += mark.count - mark.cursor
      }
    }
    return RingStatistics(
      items: Int(tail.items &- head.items), bytes: Int(tail.units &- head.units) * 8,
      itemsPut: tail.items, itemsTaken: head.items, inFlight: inFlight, orphaned: orphaned,
      lostProducers: lostProducerCount,
      lostConsumers: Int(truncatingIfNeeded: lostConsumers.loadRelaxed()),
      redelivered: Int(truncatingIfNeeded: redelivered.loadRelaxed()), deadLetters: deadLetterCount,
      deadLettersDropped: Int(truncatingIfNeeded: deadDropped.loadRelaxed()),
      lifecycle: lifecycle)
  }
}
