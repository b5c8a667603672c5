/// The state of an endpoint's slot: generation and whether it is open, in one word.
///
/// Opening and closing each count the generation up, so that open generations are odd.
@frozen
public struct SlotWord: Hashable, Sendable {
  public var rawValue: UInt64

  static let generationMask: UInt32 = (1 << 20) - 1

  init(rawValue: UInt64) { self.rawValue = rawValue }
  init(open generation: UInt32) { rawValue = UInt64(generation & Self.generationMask) << 1 | 1 }

  var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 1) & Self.generationMask }
  var isOpen: Bool { rawValue & 1 != 0 }

  var opened: SlotWord { SlotWord(open: generation | 1) }
  var closed: SlotWord {
    SlotWord(rawValue: UInt64((generation &+ 1) & Self.generationMask & ~1) << 1)
  }
}

/// What a slot is used for.
package enum SlotKind: UInt64, Sendable {
  case producer = 1
  case consumer = 2
  case handle = 3
}
