internal import IterableQueues

/// Items of a queue, as lines. Each is in the hands of a consumer of its own until its job is over, so
/// that it goes to another one if this process dies.
final class QueueLines: LineSource {
  private let queue: IterableQueue<[UInt8]>
  private var idle: [Consumer<[UInt8]>] = []
  private var busy: [Int: Consumer<[UInt8]>] = [:]
  /// Items that became dead letters because they cannot be read.
  private(set) var unreadable = 0
  private(set) var isFinished = false

  init(_ queue: IterableQueue<[UInt8]>) { self.queue = queue }

  var noun: String { "item" }
  var descriptor: CInt? { nil }

  func next(_ sequence: Int) throws -> [UInt8]? {
    if isFinished { return nil }
    if idle.isEmpty { idle.append(try queue.makeConsumer()) }
    // What runs may fail, and come back.
    var isOver = busy.isEmpty
    // Each is asked: one that took over what a dead consumer had in hand has the rest of it still.
    for index in idle.indices.reversed() {
      switch try poll(idle[index]) {
      case .item(let line):
        busy[sequence] = idle.remove(at: index)
        return line
      case .empty: isOver = false
      case .done: break
      }
    }
    if isOver { end(idle.last?.endReason) }
    return nil
  }

  private func poll(_ consumer: Consumer<[UInt8]>) throws -> Poll<[UInt8]> {
    while true {
      do { return try consumer.poll() } catch let error as QueueError
        where error.code == .undecodable
      {
        complain(CommandFailure(error).description)
        unreadable += 1
      }
    }
  }

  private func end(_ reason: EndReason?) {
    isFinished = true
    if case .producersLost(let lost) = reason {
      complain("\(counted(lost, "producer")) died without closing: what was not put yet is missing")
    }
  }

  func read(_ scratch: UnsafeMutableRawBufferPointer) {}

  func settle(_ sequence: Int, _ outcome: LineOutcome) {
    guard let consumer = busy.removeValue(forKey: sequence) else { return }
    switch outcome {
    case .done: consumer.acknowledge()
    case .failed: consumer.reject()
    case .givenUp: consumer.release()
    }
    idle.append(consumer)
  }

  func close() {
    for consumer in busy.values { consumer.release() }
    for consumer in idle + busy.values { consumer.close() }
    idle = []
    busy = [:]
  }
}
