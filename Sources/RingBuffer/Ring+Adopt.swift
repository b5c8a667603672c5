import SharedMemory

extension Ring {
  /// Gives an orphaned item to `endpoint`, or makes it a dead letter. Under the get lock.
  ///
  /// `.empty` means that there is no orphan. Whether a mark's holder is open is asked after the
  /// mark is loaded, and the mark is then changed by compare-and-swap: in between its holder may
  /// have acknowledged it.
  func adopt(as endpoint: EndpointState) -> TakeOutcome {
    hint.storeRelaxed(0, at: .adoptClearHint)
    fence()
    for buffer in 0..<buffers {
      let mark = Mark(rawValue: markWord(buffer).loadAcquire())
      if mark.isFree { continue }
      guard mark.slot < geometry.maxEndpoints, mark.cursor < mark.count else {
        return .refused(.corrupted(.mark))
      }
      if isHeld(mark) { continue }
      hint.storeRelaxed(1, at: .adoptRaiseHint)
      if isAtMostOnce && mark.attempts > 0 {
        let rest = mark.heldByNobody.after(1, restAttempts: 0)
        let left = mark.restAttempts == 0 ? rest : .free
        let isMine = markWord(buffer).compareExchange(
          mark.rawValue, left.rawValue, at: .adoptDrop)
        if isMine && !left.isFree { return .again }
        continue
      }
      if mark.attempts >= maxDeliveries {
        switch bury(
          buffer, mark, reason: .deliveriesExhausted, text: "", restAttempts: mark.restAttempts)
        {
        case .buried: return .again
        case .notMine: continue
        case .noSpace: break  // nowhere to put it: it is delivered once more rather than lost
        case .damaged(let what): return .refused(.corrupted(what))
        }
      }
      let mine = mark.held(
        by: endpoint.slot, generation: endpoint.word.generation, attempts: mark.attempts + 1)
      // COMMIT: adopted in place.
      if markWord(buffer).compareExchange(mark.rawValue, mine.rawValue, at: .adoptCommit) {
        redelivered.storeRelaxed(redelivered.loadRelaxed() &+ 1, at: .adoptCount)
        return .taken(
          Delivery(buffer: buffer, mark: mine, restAttempts: mark.restAttempts, delivered: 1))
      }
    }
    return .empty
  }

  /// Says that there may be an orphan. The fence makes what made it one visible first: it pairs with
  /// the one between `hint := 0` and the scan. SYNC hint: raiseHint publishes, adopt observes.
  func raiseHint(at point: CrashPoint) {
    fence()
    hint.storeRelaxed(1, at: point)
  }

  /// Whether the endpoint that the mark names is open still.
  func isHeld(_ mark: Mark) -> Bool {
    mark.generation & 1 == 1
      && slotWord(mark.slot).loadAcquire() == SlotWord(open: mark.generation).rawValue
  }

  /// Repairs what a process that died with the get lock had begun, unless a living one has the lock.
  /// Returns whether there may be an orphan: who died while it requeued, say, was no consumer, and
  /// nothing else would tell those that sleep.
  public func repairInTurn() -> Bool {
    if lockGet(.once) != nil { return false }
    defer { getLock.unlock(at: .repairUnlock) }
    return hint.loadRelaxed() != 0
  }

  /// Undoes or completes what a process that died with the get lock had begun.
  func repair() {
    let fill = filling.loadRelaxed()
    if fill != 0 {
      let buffer = Int(truncatingIfNeeded: fill & 0xFFFF_FFFF) - 1
      if 0 <= buffer, buffer < geometry.maxEndpoints, markWord(buffer).loadRelaxed() != 0 {
        let committed =
          fill >> 32 == FillingSource.deadLetters ? deadFirst.loadRelaxed() : head.loadRelaxed()
        if markEnd(buffer).loadRelaxed() != committed {
          markWord(buffer).storeRelease(0, at: .repairUnfill)
        }
      }
    }
    finishBurial()
    raiseHint(at: .repairHint)
  }
}

/// Where the buffer named by `filling` gets its records: the upper half of that word.
enum FillingSource {
  static let ring: UInt64 = 0
  static let deadLetters: UInt64 = 1
}
