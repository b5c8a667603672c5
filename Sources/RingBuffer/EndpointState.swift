public import SharedMemory
public import Synchronization

/// What a process knows of an endpoint or queue handle that it opened: the slot, and who uses it.
public final class EndpointState: Sendable {
  /// The slot's index. Handles come after the endpoints.
  public let slot: Int
  package let kind: SlotKind
  /// The slot's word while it is this endpoint's.
  let word: SlotWord
  /// The process that uses this copy of the endpoint; a child of `fork` finds its parent here.
  public let owner: Atomic<UInt64>
  /// Set first by whoever closes the endpoint in this process.
  public let isClosing = Atomic<Bool>(false)

  /// The mark of `count` items that this consumer is the first to hold.
  @inline(__always)
  func firstMark(_ count: Int) -> Mark {
    Mark(rawValue: emptyMark | UInt64(truncatingIfNeeded: count))
  }
  private let emptyMark: UInt64

  init(slot: Int, kind: SlotKind, word: SlotWord, owner: ProcessIdentity) {
    self.slot = slot
    self.kind = kind
    self.word = word
    emptyMark =
      Mark(slot: slot, generation: word.generation, attempts: 1, cursor: 0, count: 0).rawValue
    self.owner = Atomic(owner.rawValue)
  }
}

/// Why an endpoint cannot be used (any more) by this process.
public enum Refusal: Hashable, Sendable {
  /// Closed here, or declared dead by others.
  case closed
  /// Another process has claimed the endpoint.
  case takenBy(ProcessIdentity)
  case cancelled
  /// The lock could not be had in time.
  case lockTimedOut
  /// The segment holds what no version of this library writes.
  case corrupted(Corruption)
}

/// What was found damaged.
public enum Corruption: String, Hashable, Sendable {
  case lock = "a lock is unrecoverable"
  case positions = "head and tail are further apart than the ring is long"
  case record = "a record's header is damaged"
  case mark = "an in-flight buffer's mark is damaged"
  case buffers = "no in-flight buffer is free"
  case deadLetter = "a dead letter's header is damaged"
}
