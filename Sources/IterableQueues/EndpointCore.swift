internal import CIterableQueue
package import RingBuffer
package import SharedMemory
internal import Synchronization

/// What producers and consumers have in common: a slot of the queue, and the process that uses it.
///
/// Not for use outside this library.
public class EndpointCore: @unchecked Sendable {
  let queue: QueueCore
  /// The queue's ring. Package, so that a test can stop, or die, with one of its locks.
  package let ring: Ring
  let state: EndpointState
  /// How many threads of this process sleep on the endpoint.
  let sleepers = Atomic<Int>(0)
  /// How often, without a break, spinning was of no use.
  private let spinsInVain = Atomic<UInt32>(0)
  /// So many sleeps do not try to let others run before.
  private let sleepsUntilYield = Atomic<UInt32>(0)
  /// Held by the thread of a child that claims the endpoint.
  private let claiming = HandleLock()
  /// Counts operations, so that busy endpoints reap too.
  private let operations = Atomic<UInt32>(0)
  /// The process that this one gave the endpoint to, or 0.
  private let handedTo = Atomic<UInt64>(0)

  /// Opens a slot, unless this process has `claimed` one that another opened for it.
  init(_ queue: QueueCore, _ kind: SlotKind, claimed: EndpointState?) throws(QueueError) {
    self.queue = queue
    ring = queue.ring
    if let claimed {
      state = claimed
      ClaimedEndpoints.record(self)
      return
    }
    try queue.checkNamespaces()
    var outcome = queue.ring.register(kind, .forever)
    if case .tooMany = outcome {
      // Those of the dead are free, once somebody has looked.
      try queue.reap(.forever)
      outcome = queue.ring.register(kind, .forever)
    }
    switch outcome {
    case .registered(let state): self.state = state
    case .queueClosed:
      throw QueueError(
        .queueClosed, queueName: queue.name, reason: "the queue lets no further producer in",
        advice: "Make all producers before close()")
    case .tooMany(let limit):
      throw QueueError(
        .tooManyEndpoints, queueName: queue.name,
        reason: "the queue has \(limit) open endpoints, as many as it may have",
        advice: "Close some, or raise QueueConfiguration.maxEndpoints")
    case .failed(let failure):
      throw queue.failed(failure, "the consumer's buffer cannot be made")
    case .refused(let refusal): throw queue.refused(refusal)
    }
  }

  /// Makes the endpoint this process's own, if it came from the parent by `fork`.
  @inline(__always)
  func claimIfInherited(_ patience: RobustMutex.Patience = .forever) throws(QueueError) {
    if state.owner.load(ordering: .acquiring) != ProcessIdentity.current.rawValue {
      try claim(patience)
    }
  }

  /// The same within `limit`. Returns false where it may not wait, and a lock that it needs is held.
  func claimIfInherited(within limit: WaitLimit) throws(QueueError) -> Bool {
    do throws(QueueError) {
      try claimIfInherited(limit.patience)
      return true
    } catch {
      if case .never = limit, error.code == .timedOut { return false }
      throw error
    }
  }

  /// In a child: makes this process the owner, also where the parent has not handed it over yet.
  package func claim(_ patience: RobustMutex.Patience = .forever) throws(QueueError) {
    try queue.checkNamespaces()
    // One thread claims. The others see the endpoint as their process's own when all is done.
    _ = claiming.lock()
    defer { claiming.unlock() }
    if isMine { return }
    let parent = ProcessIdentity(rawValue: state.owner.load(ordering: .relaxed))
    if let refusal = ring.handOver(state, from: parent, to: .current, patience) {
      throw refused(refusal)
    }
    sleepers.store(0, ordering: .relaxed)
    handedTo.store(0, ordering: .relaxed)
    forgetParentsState()
    state.owner.store(ProcessIdentity.current.rawValue, ordering: .releasing)
    ClaimedEndpoints.record(self)
  }

  /// In a child that claims the endpoint: forgets what the parent held when it forked.
  func forgetParentsState() {}

  /// In the parent, before `fork`: throws if this process does not own the endpoint, or if another
  /// thread uses it. A consumer acknowledges what it holds.
  package func prepareForHandOver() throws(QueueError) {
    try claimIfInherited()
    if state.isClosing.load(ordering: .relaxed) { throw refused(.closed) }
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { throw busy() }
    // Refuses what was handed over before, or declared dead.
    if let refusal = ring.handOver(state, from: .current, to: .current, .forever) {
      throw refused(refusal)
    }
  }

  func busy() -> QueueError {
    QueueError(
      .busy, queueName: queue.name,
      reason: "it is being used, by another thread or by the code that reads its item",
      advice: "Give each thread and each worker an endpoint of its own")
  }

  /// In the parent, after `fork` or a spawn: makes `child` the owner.
  package func handOver(to child: ProcessIdentity) throws(QueueError) {
    if let refusal = ring.handOver(state, from: .current, to: child, .forever) {
      throw refused(refusal)
    }
    handedTo.store(child.rawValue, ordering: .relaxed)
  }

  /// A refusal in the user's words. An endpoint that was given away stays so when it is closed there.
  func refused(_ refusal: Refusal) -> QueueError {
    let other = handedTo.load(ordering: .relaxed)
    return queue.refused(
      refusal == .closed && other != 0 ? .takenBy(ProcessIdentity(rawValue: other)) : refusal)
  }

  package func close() { preconditionFailure("each kind of endpoint closes in its own way") }

  /// Closes the endpoint as the process ends. A consumer's item is acknowledged if that is a success. What
  /// another thread is doing with the endpoint has until `deadline`.
  func leave(isSuccess: Bool, until deadline: Deadline) { close() }

  /// Whether this process owns the endpoint, as far as it knows itself.
  var isMine: Bool { state.owner.load(ordering: .relaxed) == ProcessIdentity.current.rawValue }

  /// Ends the waits of other threads on this endpoint. Returns false if it was closing before.
  func beginClosing(_ word: WaitWord) -> Bool {
    if state.isClosing.exchange(true, ordering: .sequentiallyConsistent) { return false }
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { word.wakeAll() }
    return true
  }

  /// Whether a signal that the command `iq` notes asks this process to end; other programs note none.
  var isInterrupted: Bool { ciq_interruptions_count() > 0 }

  /// Frees the slot. Where the registry cannot be had in time, whoever reaps next does it.
  func release(_ patience: RobustMutex.Patience) {
    switch ring.release(state, patience) {
    case .success(let change): queue.tell(change)
    case .failure: ring.abandon(state)
    }
  }

  /// Sleeps until woken, unless `isNeedless` says that there is no need to. Holds no lock. Returns
  /// whether a wake-up may have been received, which the caller uses or passes on.
  func sleep(on word: WaitWord, until deadline: Deadline, unless isNeedless: () -> Bool) -> Bool {
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    defer { sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
    if spins(until: deadline, unless: isNeedless) { return false }
    let seen = word.current()
    var isWatching = false
    defer { ring.noteAwake(state) }
    while true {
      word.announce(at: .announceSleep)
      fence()
      if isNeedless() || state.isClosing.load(ordering: .sequentiallyConsistent) { return false }
      ring.noteAsleep(state, for: state.kind == .producer ? .room : .items)
      let end = min(deadline, isWatching ? Self.nextWatch() : Self.nextLook())
      if word.sleep(since: seen, until: end) != .timedOut { return true }
      if deadline.isPast || isInterrupted { return false }
      // Whoever reaps does so again soon. The others need not come to look as often: they are woken
      // if it finds somebody dead, and take over if it has gone.
      isWatching = !queue.reapInTurn(after: Ring.leastReapInterval)
    }
  }

  /// The same moment for all who wait, so that the processor is woken once for all of them.
  private static func nextLook(every interval: UInt64 = Ring.lookInterval) -> Deadline {
    Deadline(nanoseconds: (Deadline.now.nanoseconds / interval + 1) * interval)
  }

  private static func nextWatch() -> Deadline {
    Deadline(nanoseconds: nextLook(every: Ring.watchInterval).nanoseconds + Ring.watchDelay)
  }

  /// Looks again and again for a while. Returns whether `isNeedless` became true.
  private func spins(until end: Deadline, unless isNeedless: () -> Bool) -> Bool {
    let limit = ring.description.spinNanoseconds
    if limit == 0 {
      return spinsBriefly(unless: isNeedless) || yields(until: end, unless: isNeedless)
    }
    let deadline = Deadline(nanoseconds: Deadline.now.nanoseconds + limit)
    repeat {
      if looks(50, isNeedless) { return true }
    } while !deadline.isPast && !state.isClosing.load(ordering: .relaxed)
    return false
  }

  /// The same for less than a wake-up takes, and for less each time that it was in vain: two
  /// processes that answer each other on one processor only keep each other waiting.
  ///
  /// Before the first look the other side may get ahead, for 128 pauses, which take one to six microseconds:
  /// to read each cache line that it has just written, item by item, slows both.
  private func spinsBriefly(unless isNeedless: () -> Bool) -> Bool {
    let vain = spinsInVain.load(ordering: .relaxed)
    let effort = vain & 127 == 0 ? 0 : min(vain, 7)
    for _ in 0..<128 >> effort { ciq_pause() }
    let isOfUse = looks(50 >> effort, isNeedless)
    spinsInVain.store(isOfUse ? 0 : vain &+ 1, ordering: .relaxed)
    return isOfUse
  }

  /// Lets others run that want this processor, and looks once more: where the other side is among them,
  /// that takes two system calls less than sleeping and being woken.
  ///
  /// If it was in vain, or took half a millisecond and more, so that to be woken would have been sooner, it
  /// is not tried for so many sleeps that each loses 256 ns by it, but 65,536 at most.
  private func yields(until end: Deadline, unless isNeedless: () -> Bool) -> Bool {
    let pause = sleepsUntilYield.load(ordering: .relaxed)
    if pause > 0 {
      sleepsUntilYield.store(pause - 1, ordering: .relaxed)
      return false
    }
    let start = Deadline.now.nanoseconds
    // It may take some slices of others.
    if end.nanoseconds < start &+ 20_000_000 { return false }
    letOthersRun()
    let isOfUse = isNeedless()
    let taken = Deadline.now.nanoseconds &- start
    if !isOfUse || taken > 500_000 {
      sleepsUntilYield.store(UInt32(min(taken / 256, 1 << 16)), ordering: .relaxed)
    }
    return isOfUse
  }

  private func looks(_ times: UInt32, _ isNeedless: () -> Bool) -> Bool {
    for _ in 0..<times {
      if isNeedless() { return true }
      ciq_pause()
    }
    return false
  }

  /// Busy endpoints reap as well, every 1,024 operations.
  @inline(__always)
  func countOperation() {
    let count = operations.load(ordering: .relaxed) &+ 1
    operations.store(count, ordering: .relaxed)
    if count & 1023 == 0 { queue.reapInTurn() }
  }
}
