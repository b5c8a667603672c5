internal import RingBuffer
internal import SharedMemory

extension IterableQueue {
  /// Waits until every item that was put has been taken and acknowledged.
  ///
  /// Throws `timedOut`; `busy` if this process itself holds an item, because it would wait for
  /// itself; `noConsumers` if items are left, no consumer is, and none is to be expected;
  /// `cancelled`; `corrupted` if an item is damaged, so that nobody can take it.
  public func waitUntilAcknowledged(timeout: Duration? = nil) throws {
    let limit = timeout.map { WaitLimit(timeout: $0) } ?? .forever
    let word = core.ring.acknowledgedWait
    while true {
      let seen = word.current()
      word.announce(at: .announceWait)
      fence()
      switch core.ring.acknowledged(limit.patience) {
      case .all: return
      case .heldHere:
        throw QueueError(
          .busy, queueName: core.name,
          reason: "this process holds an item itself, and would wait for ever",
          advice: "acknowledge() it, or close the consumer, first")
      case .refused(let refusal): throw core.refused(refusal)
      case .notYet: break
      }
      if core.ring.lifecycle.isWithoutConsumers { throw core.noConsumers("waiting") }
      if limit.deadline.isPast { throw core.timedOut("items are left, or not acknowledged") }
      if word.sleep(since: seen, until: core.slice(until: limit.deadline)) == .timedOut {
        core.reapInTurn()
      }
    }
  }
}
