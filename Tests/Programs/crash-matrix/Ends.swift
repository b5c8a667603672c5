#if CrashPoints
  import IterableQueues
  import SharedMemory

  /// How far one end is of a row's main queue that the victim has, or a child for which it waits.
  enum EndState: Int {
    case none, opening, open, closing

    /// How many ends are lost if its process dies at `point`: 1 if it was open to the others.
    func lost(at point: CrashPoint) -> ClosedRange<Int> {
      switch self {
      case .none: 0...0
      case .open: 1...1
      case .opening:
        switch point {
        case .reserveBuffers, .registerUsed, .registerOwner, .registerKind, .registerAwake,
          .registerCommit:
          0...0
        case .registerLifecycle, .registerUnlock: 1...1
        default: 0...1
        }
      case .closing:
        switch point {
        case .acknowledgeCommit, .releaseCommit, .abandonOwner: 1...1
        case .releaseHint, .releaseLifecycle, .releaseUnlock: 0...0
        default: 0...1
        }
      }
    }
  }

  /// A producer and a consumer of a row's main queue. The ledger knows at each moment how far they are.
  final class Ends {
    private(set) var producer: Producer<Item>!
    private(set) var consumer: Consumer<Item>!
    private let ledger: Ledger

    init(_ queue: IterableQueue<Item>, _ ledger: Ledger) throws {
      self.ledger = ledger
      ledger.producer = .opening
      producer = try queue.makeProducer()
      ledger.producer = .open
      ledger.consumer = .opening
      consumer = try queue.makeConsumer()
      ledger.consumer = .open
    }

    deinit {
      closeConsumer { consumer = nil }
      closeProducer { producer = nil }
    }

    func close() {
      closeConsumer { consumer.close() }
      closeProducer { producer.close() }
    }

    private func closeConsumer(_ body: () -> Void) {
      if ledger.consumer == .none { return }
      ledger.consumer = .closing
      body()
      ledger.consumer = .none
    }

    private func closeProducer(_ body: () -> Void) {
      if ledger.producer == .none { return }
      ledger.producer = .closing
      body()
      ledger.producer = .none
    }
  }
#endif
