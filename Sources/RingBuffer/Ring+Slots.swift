package import SharedMemory

/// An open slot, as it is shown to people.
package struct SlotReport: Hashable, Sendable {
  package var slot: Int
  package var kind: SlotKind
  package var owner: ProcessIdentity
  package var isAlive: Bool
  package var sleep: Sleep?
  /// Items delivered, and not acknowledged.
  package var heldItems: Int

  /// What a thread waits for, and since when.
  package struct Sleep: Hashable, Sendable {
    package enum Reason: UInt64, Sendable {
      case items = 1
      case room = 2
    }
    package var reason: Reason
    package var since: Deadline

    /// Nanoseconds of CLOCK_MONOTONIC << 2 | reason. 0 is awake.
    var word: UInt64 { since.nanoseconds << 2 | reason.rawValue }

    init(_ reason: Reason, since: Deadline) {
      self.reason = reason
      self.since = since
    }

    init?(word: UInt64) {
      guard let reason = Reason(rawValue: word & 3) else { return nil }
      self.init(reason, since: Deadline(nanoseconds: word >> 2))
    }
  }
}

// What is shown to people, and decides nothing.
extension Ring {
  /// Says that a thread of the endpoint falls asleep, unless that is known already.
  package func noteAsleep(_ endpoint: EndpointState, for reason: SlotReport.Sleep.Reason) {
    let word = slotSleep(endpoint.slot)
    if word.loadRelaxed() & 3 == reason.rawValue { return }
    word.storeRelaxed(SlotReport.Sleep(reason, since: .now).word, at: .sleepNote)
  }

  /// Says that the endpoint's threads are awake.
  package func noteAwake(_ endpoint: EndpointState) {
    let word = slotSleep(endpoint.slot)
    if word.loadRelaxed() != 0 { word.storeRelaxed(0, at: .sleepForget) }
  }

  /// The open slots, read without a lock: each is right for some moment during the call.
  package var openSlots: [SlotReport] {
    var held: [Int: Int] = [:]
    for buffer in 0..<buffers {
      let mark = Mark(rawValue: markWord(buffer).loadAcquire())
      guard !mark.isFree, mark.slot < geometry.maxEndpoints, isHeld(mark) else { continue }
      held[mark.slot, default: 0] += max(0, mark.count - mark.cursor)
    }
    // The one of the ring is used under the registry lock.
    let liveness = Liveness()
    return everUsed.joined().compactMap { slot in
      let word = SlotWord(rawValue: slotWord(slot).loadAcquire())
      guard word.isOpen, let kind = kind(of: slot) else {
        return nil
      }
      let owner = ProcessIdentity(rawValue: slotOwner(slot).loadRelaxed())
      return SlotReport(
        slot: slot, kind: kind, owner: owner, isAlive: !liveness.isDead(owner),
        sleep: SlotReport.Sleep(word: slotSleep(slot).loadRelaxed()),
        heldItems: kind == .consumer ? held[slot] ?? 0 : 0)
    }
  }
}
