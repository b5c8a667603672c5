public import SharedMemory

// The slots of the dead.
extension Ring {
  /// How often processes that are busy, or wait for acknowledgements, look for dead ones: every 50 ms, in
  /// nanoseconds.
  public static let reapInterval: UInt64 = 50_000_000
  /// How long whoever reaps while it waits sleeps at a time: at most 48 ms, in nanoseconds.
  public static let lookInterval: UInt64 = 48_000_000
  /// How long the others sleep, who only look whether somebody still reaps: at most 192 ms, in nanoseconds.
  public static let watchInterval = 4 * lookInterval
  /// They wake 2 ms after whoever reaps.
  public static let watchDelay: UInt64 = 2_000_000
  /// Who wakes to look reaps unless somebody did in the last 5 ms, in nanoseconds. So a death is noticed
  /// within 200 ms also if whoever reaped dies at the same time, or got something to do.
  public static let leastReapInterval: UInt64 = 5_000_000

  /// Whether it is this process's turn to reap: nobody did for `pause` nanoseconds.
  public func takesTurnToReap(at now: Deadline, after pause: UInt64 = reapInterval) -> Bool {
    let last = lastReap.loadRelaxed()
    // A stamp from the future (another machine's clock, damaged memory) must not stop all reaping.
    if now.nanoseconds >= last, now.nanoseconds - last < pause { return false }
    return lastReap.compareExchange(last, now.nanoseconds, at: .reapTurn)
  }

  /// Frees the slots of dead processes. Their items become orphans.
  ///
  /// If not `thoroughly`, those whose descriptor the program closed, so that it became another file's, are
  /// found in one of 16 looks only.
  public func reap(
    _ patience: RobustMutex.Patience, thoroughly: Bool = true
  ) -> Result<RegistryChange, RefusalError> {
    if let refusal = lockRegistry(patience) { return .failure(RefusalError(refusal)) }
    defer { registryLock.unlock(at: .reapUnlock) }
    return .success(freeDeadSlots(thoroughly: thoroughly))
  }

  /// Frees the slots of dead processes. Under the registry lock.
  func freeDeadSlots(thoroughly: Bool = true) -> RegistryChange {
    var change = RegistryChange()
    liveness.look(thoroughly: thoroughly)
    for range in everUsed {
      for slot in range {
        let word = SlotWord(rawValue: slotWord(slot).loadRelaxed())
        guard word.isOpen, let kind = kind(of: slot),
          case let owner = ProcessIdentity(rawValue: slotOwner(slot).loadRelaxed()),
          !liveness.wasRunning(owner), liveness.isDead(owner)
        else { continue }
        let isLost = owner != .nobody  // else it was abandoned by a `deinit`, and that closes
        // Before anybody can see the end, and before whoever reaps after a death here could overlook it.
        if isLost { countLost(kind) }
        fence()
        slotWord(slot).storeRelease(word.closed.rawValue, at: .reapCommit)  // COMMIT
        if kind == .consumer { raiseHint(at: .reapHint) }
        var life = lifecycle
        life[kind] -= 1
        if isLost && kind == .consumer && life.consumers == 0 { life.lostLastConsumers = true }
        closeIfWithoutHandles(&life)
        lifecycleWord.storeRelease(life.rawValue, at: .reapLifecycle)
        change.wakesAll = true
      }
    }
    return change
  }

  private func countLost(_ kind: SlotKind) {
    switch kind {
    case .producer:
      lostProducers.storeRelaxed(lostProducers.loadRelaxed() &+ 1, at: .reapCountProducer)
    case .consumer:
      lostConsumers.storeRelaxed(lostConsumers.loadRelaxed() &+ 1, at: .reapCountConsumer)
    case .handle: break
    }
  }
}
