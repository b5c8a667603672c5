internal import RingBuffer
internal import SharedMemory

/// An item that was taken out of circulation.
public struct DeadLetter: Hashable, Sendable {
  /// Why an item became a dead letter.
  public enum Reason: Hashable, Sendable {
    /// It was delivered as often as `maxDeliveries` allows, and each time its consumer died or
    /// rejected it.
    case deliveriesExhausted
    /// It could not be decoded; the text is the decoder's, at most 256 bytes.
    case undecodable(String)
  }

  /// The item as its codec wrote it; `IterableQueue.decode(_:)` reads it.
  public var bytes: [UInt8]
  /// How often it was delivered.
  public var attempts: Int
  /// Why it was given up.
  public var reason: Reason
  /// When it became a dead letter, since 1970-01-01T00:00:00Z.
  public var time: Duration
}

extension IterableQueue {
  /// The dead letters, oldest first. They stay. Throws `corrupted`, or `cancelled`.
  public func deadLetters() throws -> [DeadLetter] {
    var letters: [DeadLetter] = []
    let refusal = unsafe core.ring.forEachDeadLetter(.forever) {
      item, reason, attempts, time, text in
      letters.append(
        unsafe DeadLetter(
          bytes: Array(item), attempts: attempts,
          reason: reason == .undecodable
            ? .undecodable(String(decoding: text, as: UTF8.self)) : .deliveriesExhausted,
          time: .nanoseconds(Int64(clamping: time))))
    }
    if let refusal { throw core.refused(refusal) }
    return letters
  }

  /// Offers every dead letter to the consumers again, as if it had never been delivered.
  ///
  /// Throws `busy` if there are more than consumers' buffers; the others are requeued, and once
  /// consumers have taken those, the next call goes on. Throws `noSpace`, or `corrupted`.
  public func requeueDeadLetters() throws {
    var left = core.ring.statistics.deadLetters
    while left > 0 {
      switch core.ring.requeueOldestDeadLetter(.forever) {
      case .requeued:
        core.wakeConsumers()
        left -= 1
      case .noLetter: return
      case .noBuffer:
        let another: Bool
        do { another = try core.ring.reserveAnotherBuffer() } catch {
          throw core.failed(error, "a buffer for a dead letter cannot be made")
        }
        if !another {
          throw QueueError(
            .busy, queueName: core.name, reason: "\(left) dead letters found no free buffer",
            advice: "Let consumers take what was requeued, then call this again")
        }
      case .refused(let refusal): throw core.refused(refusal)
      }
    }
  }

  /// Drops every dead letter. Throws `corrupted`.
  public func discardDeadLetters() throws {
    if let refusal = core.ring.discardDeadLetters(.forever) { throw core.refused(refusal) }
  }

  /// The item of a dead letter. Throws `undecodable`.
  public func decode(_ letter: DeadLetter) throws -> Item {
    do {
      return try unsafe letter.bytes.withUnsafeBytes { try unsafe transport.decode($0) }
    } catch {
      throw QueueError.undecodableLetter(error, queueName: core.name)
    }
  }
}
