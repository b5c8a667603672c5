/// An in-flight buffer's commit word: who holds it, how often its items were delivered, and which
/// of them are left.
///
///     | holder's slot: 12 | holder's generation: 20 | rest is new: 1 | attempts: 7 | cursor: 12
///     | count: 12 |
///
/// `attempts` are those of the item at the cursor. The items behind it were delivered once, together
/// with it; or never, if it has none or the rest is new.
///
/// 0 is a free buffer. A buffer is an orphan when its mark is set and its holder's slot is not open
/// with that generation. Open generations are odd, so an even one is an orphan by definition.
@frozen
public struct Mark: Hashable, Sendable {
  public var rawValue: UInt64

  init(rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always)
  init(
    slot: Int, generation: UInt32, attempts: Int, restIsNew: Bool = false, cursor: Int, count: Int
  ) {
    rawValue =
      UInt64(truncatingIfNeeded: slot) << 52 | UInt64(generation & SlotWord.generationMask) << 32
      | (restIsNew ? Self.restIsNewBit : 0) | UInt64(truncatingIfNeeded: attempts) << 24
      | UInt64(truncatingIfNeeded: cursor) << 12 | UInt64(truncatingIfNeeded: count)
  }

  static let free = Mark(rawValue: 0)
  static let maxCount = 4095
  static let maxAttempts = 127
  private static let restIsNewBit: UInt64 = 1 << 31

  var isFree: Bool { rawValue == 0 }
  var slot: Int { Int(rawValue >> 52) }
  var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) & SlotWord.generationMask }
  public var attempts: Int { Int(rawValue >> 24 & 0x7F) }
  /// How often each item behind the cursor was delivered.
  var restAttempts: Int { attempts == 0 || rawValue & Self.restIsNewBit != 0 ? 0 : 1 }
  var cursor: Int { Int(rawValue >> 12 & 0xFFF) }
  var count: Int { Int(rawValue & 0xFFF) }

  /// The same items in other hands.
  func held(by slot: Int, generation: UInt32, attempts: Int) -> Mark {
    Mark(
      slot: slot, generation: generation, attempts: min(attempts, Self.maxAttempts),
      restIsNew: restAttempts == 0, cursor: cursor, count: count)
  }

  /// The same items in nobody's hands.
  var heldByNobody: Mark { held(by: 0, generation: 0, attempts: attempts) }

  /// What is left when `done` items from the cursor on are finished; free if nothing is. Those left
  /// were delivered `restAttempts` times, and the first is once more now if `delivering`.
  @inline(__always)
  func after(_ done: Int, restAttempts: Int, delivering: Bool = false) -> Mark {
    cursor &+ done >= count
      ? .free
      : Mark(
        slot: slot, generation: generation, attempts: restAttempts &+ (delivering ? 1 : 0),
        restIsNew: restAttempts == 0, cursor: cursor &+ done, count: count)
  }
}
