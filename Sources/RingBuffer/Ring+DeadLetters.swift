import CIterableQueue
public import SharedMemory

/// Why an item became a dead letter.
public enum DeadLetterReason: UInt8, Hashable, Sendable {
  /// It was delivered as often as the queue allows, and no consumer acknowledged it.
  case deliveriesExhausted = 1
  /// It could not be decoded.
  case undecodable = 2
}

/// The words before a dead letter's bytes in the log:
///
///     | units: 32, kind: 32 | mark | buffer: 32, rest's attempts: 32 |
///     | item's bytes: 32, text's bytes: 16, attempts: 8, reason: 8 | time | item | text |
enum DeadLetterHeader {
  static let bytes = 40
  static let mostTextBytes = 256
  static let mostBytes = bytes + mostTextBytes + 16
  static let letter: UInt64 = 1
  /// Fills the log's end where the next letter does not fit in one piece.
  static let padding: UInt64 = 2
}

/// A letter as it lies in the log.
@safe struct DeadLetterView {
  var next: UInt32
  var mark: Mark
  var buffer: Int
  var restAttempts: Int
  var attempts: Int
  var reason: DeadLetterReason
  /// Nanoseconds since 1970.
  var time: UInt64
  var item: UnsafeRawBufferPointer
  var text: UnsafeRawBufferPointer
}

extension Ring {
  enum Burial {
    case buried
    /// The mark had changed: its holder acknowledged it, or another process took it.
    case notMine
    case noSpace
    case damaged(Corruption)
  }

  private var deadUnits: UInt32 { UInt32(geometry.deadBytes / 8) }
  private func deadAddress(_ position: UInt32) -> UnsafeMutableRawPointer {
    unsafe dead + Int(position & (deadUnits - 1)) * 8
  }
  private var deadEnd: UInt32 { UInt32(truncatingIfNeeded: deadLastEnd.loadRelaxed()) }

  /// Moves the item at the mark's cursor to the log. Under the get lock.
  ///
  /// The items behind it stay in the buffer, in nobody's hands.
  func bury(
    _ buffer: Int, _ mark: Mark, reason: DeadLetterReason, text: String, restAttempts: Int
  ) -> Burial {
    var reader = DeliveryReader(self, buffer: buffer, skipping: mark.cursor, count: 1)
    guard let item = unsafe reader.next() else { return .damaged(.record) }
    var text = text
    let textBytes = text.withUTF8 { min($0.count, DeadLetterHeader.mostTextBytes) }
    let bytes = DeadLetterHeader.bytes + padded(item.count) + padded(textBytes)
    let units = UInt32(bytes / 8)
    guard let start = makeRoom(units) else { return .noSpace }
    let nobodys = mark.heldByNobody
    guard markWord(buffer).compareExchange(mark.rawValue, nobodys.rawValue, at: .buryTakeMark)
    else { return .notMine }
    hint.storeRelaxed(1, at: .buryHint)

    let at = unsafe deadAddress(start)
    func store(_ word: Int, _ value: UInt64) {
      // Atomic, because `deadLetterCount` may look.
      unsafe SharedWord(at: at + word * 8).storeRelaxed(value, at: .buryWord)
    }
    store(0, UInt64(units) | DeadLetterHeader.letter << 32)
    store(1, nobodys.rawValue)
    store(2, UInt64(buffer) | UInt64(restAttempts) << 32)
    store(
      3,
      UInt64(item.count) | UInt64(textBytes) << 32 | UInt64(mark.attempts) << 48
        | UInt64(reason.rawValue) << 56)
    store(4, ciq_realtime())
    if let source = item.baseAddress {
      CrashPoint.reach(.buryItem)
      unsafe (at + DeadLetterHeader.bytes).copyMemory(from: source, byteCount: item.count)
    }
    text.withUTF8 {
      if let source = $0.baseAddress {
        CrashPoint.reach(.buryText)
        unsafe (at + DeadLetterHeader.bytes + padded(item.count)).copyMemory(
          from: source, byteCount: textBytes)
      }
    }
    // COMMIT: the letter exists, and is on its way.
    deadLastEnd.storeRelease(UInt64(start) << 32 | UInt64(start &+ units), at: .buryCommit)
    finishBurial()
    return .buried
  }

  /// Takes the item of a letter that is on its way out of its buffer. Under the get lock.
  func finishBurial() {
    let word = deadLastEnd.loadRelaxed()
    let last = UInt32(truncatingIfNeeded: word >> 32)
    let end = UInt32(truncatingIfNeeded: word)
    if last == end { return }
    if let letter = letter(at: last, before: end), letter.buffer < geometry.maxEndpoints,
      markWord(letter.buffer).loadRelaxed() == letter.mark.rawValue
    {
      let rest = letter.mark.after(1, restAttempts: letter.restAttempts)
      markWord(letter.buffer).storeRelease(rest.rawValue, at: .buryMoveOn)
    }
    deadLastEnd.storeRelease(UInt64(end) << 32 | UInt64(end), at: .buryDone)
  }

  private func padded(_ bytes: Int) -> Int { (bytes + 7) & ~7 }

  /// Makes room for a letter of `units` in one piece, at the expense of the oldest ones, and says
  /// where it starts; nil if the file cannot grow. Under the get lock, no letter on its way.
  private func makeRoom(_ units: UInt32) -> UInt32? {
    let capacity = deadUnits
    var start = deadEnd
    let place = start & (capacity - 1)
    let padding = place + units > capacity ? capacity - place : 0
    start = start &+ padding
    // The word that says how much padding there is may lie behind all letters.
    let needed = Int(padding > 0 ? max(place + 1, units) : place + units) * 8
    let stated = deadReserved.loadRelaxed()
    let reserved = stated <= UInt64(geometry.deadBytes) ? Int(stated) : 0
    if needed > reserved {
      let step = 1 << 18
      let target = min((needed + step - 1) & ~(step - 1), geometry.deadBytes)
      let from = geometry.deadOffset
      do { try segment.reserve(from + reserved..<from + target) } catch { return nil }
      deadReserved.storeRelaxed(UInt64(target), at: .logReserve)
    }
    while true {
      let first = UInt32(truncatingIfNeeded: deadFirst.loadRelaxed())
      let isDamaged = deadEnd &- first > capacity
      if !isDamaged && start &+ units &- first <= capacity { break }
      filling.storeRelease(0, at: .logForgetFilling)  // it may name a letter of the same place
      // A log that has gone round is full of letters: from a damaged `first` there may be billions.
      guard !isDamaged, let oldest = firstLetter(from: first, before: deadEnd) else {
        deadFirst.storeRelease(UInt64(deadEnd), at: .logForgetAll)
        break
      }
      deadFirst.storeRelease(UInt64(oldest.next), at: .logDropOldest)
      deadDropped.storeRelaxed(deadDropped.loadRelaxed() &+ 1, at: .logCountDropped)
    }
    if padding > 0 {
      unsafe SharedWord(at: deadAddress(deadEnd)).storeRelaxed(
        UInt64(padding) | DeadLetterHeader.padding << 32, at: .logPadding)
    }
    return start
  }

  /// The letter at a position, or nil if what lies there is none, or is damaged.
  private func letter(at position: UInt32, before end: UInt32) -> DeadLetterView? {
    let capacity = deadUnits
    let at = unsafe deadAddress(position)
    func load(_ word: Int) -> UInt64 { unsafe SharedWord(at: at + word * 8).loadRelaxed() }
    let place = Int(position & (capacity - 1)) * 8
    guard place + DeadLetterHeader.bytes <= geometry.deadBytes else { return nil }
    let header = load(0)
    let units = UInt32(truncatingIfNeeded: header)
    guard header >> 32 == DeadLetterHeader.letter, units <= end &- position,
      place + Int(units) * 8 <= geometry.deadBytes
    else { return nil }
    let sizes = load(3)
    let itemBytes = Int(sizes & 0xFFFF_FFFF)
    let textBytes = Int(sizes >> 32 & 0xFFFF)
    guard DeadLetterHeader.bytes + padded(itemBytes) + padded(textBytes) == Int(units) * 8,
      itemBytes <= geometry.maxItemBytes,
      let reason = DeadLetterReason(rawValue: UInt8(truncatingIfNeeded: sizes >> 56))
    else { return nil }
    let origin = load(2)
    let item = unsafe UnsafeRawBufferPointer(start: at + DeadLetterHeader.bytes, count: itemBytes)
    let text = unsafe UnsafeRawBufferPointer(
      start: at + DeadLetterHeader.bytes + padded(itemBytes), count: textBytes)
    return unsafe DeadLetterView(
      next: position &+ units, mark: Mark(rawValue: load(1)),
      buffer: Int(origin & 0xFFFF_FFFF), restAttempts: Int(origin >> 32 & 0xFF),
      attempts: Int(sizes >> 48 & 0xFF), reason: reason, time: load(4), item: item, text: text)
  }

  /// The first letter at or behind `position`, or nil if there is none or the log is damaged.
  private func firstLetter(from position: UInt32, before end: UInt32) -> DeadLetterView? {
    if position == end { return nil }
    let header = unsafe SharedWord(at: deadAddress(position)).loadRelaxed()
    guard header >> 32 == DeadLetterHeader.padding else { return letter(at: position, before: end) }
    let units = UInt32(truncatingIfNeeded: header)
    guard units == deadUnits - (position & (deadUnits - 1)), units < end &- position else {
      return nil
    }
    return letter(at: position &+ units, before: end)
  }

  /// Gives every dead letter, oldest first, to `body`. Takes the get lock.
  package func forEachDeadLetter(
    _ patience: RobustMutex.Patience,
    _ body: (
      UnsafeRawBufferPointer, DeadLetterReason, _ attempts: Int, _ time: UInt64,
      UnsafeRawBufferPointer
    ) -> Void
  ) -> Refusal? {
    if let refusal = lockGet(patience) { return refusal }
    defer { getLock.unlock(at: .lettersUnlock) }
    let end = deadEnd
    var position = UInt32(truncatingIfNeeded: deadFirst.loadRelaxed())
    guard end &- position <= deadUnits else { return .corrupted(.deadLetter) }
    while position != end {
      guard let letter = firstLetter(from: position, before: end) else {
        return .corrupted(.deadLetter)
      }
      unsafe body(letter.item, letter.reason, letter.attempts, letter.time, letter.text)
      position = letter.next
    }
    return nil
  }

  /// Counts without a lock, and stops where a letter is being replaced.
  var deadLetterCount: Int {
    let end = deadEnd
    var position = UInt32(truncatingIfNeeded: deadFirst.loadRelaxed())
    var count = 0
    while end &- position <= deadUnits, let letter = firstLetter(from: position, before: end) {
      position = letter.next
      count += 1
    }
    return count
  }

  /// Removes every dead letter. Takes the get lock.
  public func discardDeadLetters(_ patience: RobustMutex.Patience) -> Refusal? {
    if let refusal = lockGet(patience) { return refusal }
    defer { getLock.unlock(at: .discardUnlock) }
    filling.storeRelease(0, at: .discardFilling)
    deadFirst.storeRelease(UInt64(deadEnd), at: .discardCommit)  // COMMIT
    return nil
  }

  /// What became of an attempt to requeue a dead letter.
  public enum RequeueOutcome: Hashable, Sendable {
    case requeued
    case noLetter
    /// Every in-flight buffer is held: consumers must take what was requeued before.
    case noBuffer
    case refused(Refusal)
  }

  /// Offers the oldest dead letter to the consumers again, as if it had never been delivered.
  /// Takes the get lock.
  public func requeueOldestDeadLetter(_ patience: RobustMutex.Patience) -> RequeueOutcome {
    if let refusal = lockGet(patience) {
      return .refused(refusal)
    }
    defer { getLock.unlock(at: .requeueUnlock) }
    let first = UInt32(truncatingIfNeeded: deadFirst.loadRelaxed())
    if first == deadEnd { return .noLetter }
    guard deadEnd &- first <= deadUnits, let letter = firstLetter(from: first, before: deadEnd)
    else {
      return .refused(.corrupted(.deadLetter))
    }
    guard let buffer = freeBuffer(preferring: buffers - 1) else { return .noBuffer }
    CrashPoint.reach(.requeueRecord)
    unsafe Record.write(letter.item.baseAddress, letter.item.count, to: bufferAddress(buffer))
    markEnd(buffer).storeRelease(UInt64(letter.next), at: .requeueEnd)
    filling.storeRelease(
      UInt64(buffer + 1) | FillingSource.deadLetters << 32, at: .requeueFilling)
    markWord(buffer).storeRelease(
      Mark(slot: 0, generation: 0, attempts: 0, cursor: 0, count: 1).rawValue, at: .requeueMark)
    deadFirst.storeRelease(UInt64(letter.next), at: .requeueCommit)  // COMMIT
    raiseHint(at: .requeueHint)
    return .requeued
  }
}
