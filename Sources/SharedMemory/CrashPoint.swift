internal import CIterableQueue

/// A step of the protocol at which a process may die or be stopped: each store to shared memory, and
/// each release of a lock, names its own.
///
/// They are the rows of the crash matrix. Built with the package trait `CrashPoints`, a process can be
/// told to die at one; otherwise naming a step costs nothing.
public enum CrashPoint: UInt8, CaseIterable, Sendable {
  /// A store by which a test plays a crash, or damage.
  case testing = 0

  // Of every robust lock that was got from a dead owner.
  case lockConsistent

  case putCachedHead, putRecord, putItems, putByteStrings, putBatchRecords, putCommit, putUnlock

  case takeAcknowledge, takeCachedTail, takeRecords, takeEnd, takeFilling, takeMark, takeCommit
  case takeUnlock
  case adoptClearHint, adoptRaiseHint, adoptDrop, adoptCommit, adoptCount
  case repairUnfill, repairHint, repairUnlock

  case acknowledgeCommit, acknowledgedUnlock
  case rejectCommit, rejectHint
  case undecodableDrop, undecodableCount, undecodableHint, undecodableUnlock

  case buryTakeMark, buryHint, buryWord, buryItem, buryText, buryCommit, buryMoveOn, buryDone
  case logReserve, logForgetFilling, logForgetAll, logDropOldest, logCountDropped, logPadding
  case lettersUnlock
  case discardFilling, discardCommit, discardUnlock
  case requeueRecord, requeueEnd, requeueFilling, requeueMark, requeueCommit, requeueHint
  case requeueUnlock

  case registerUsed, registerOwner, registerKind, registerCommit, registerLifecycle, registerUnlock
  case reserveBuffers, reserveUnlock
  case releaseCommit, releaseHint, releaseLifecycle, releaseUnlock, abandonOwner
  case handOverBegin, handOverCommit, handOverPutUnlock, handOverUnlock
  case passThroughUnlock
  case closeCommit, closeUnlock
  case cancelCommit, cancelUnlockRegistry, cancelFilling, cancelMark, cancelTail, cancelHead
  case cancelUnlock
  case recountLifecycle, recountHint
  case reapTurn, reapCommit, reapHint, reapLifecycle, reapCountProducer, reapCountConsumer
  case reapUnlock

  case announceSleep, announceWait, passOnToConsumers, passOnToProducers
  case wakeTakeFlag, wakeBump, wakeCall
  case registerAwake, sleepNote, sleepForget

  // Of names.
  case namePublish, nameUnlock, retireCommit, retireRemoveName, retireUnlock, leaveNote
  case removeCommit, removeName, removeUnlock
  case exclusiveMake, exclusiveHold, exclusiveReady, exclusiveRelease
  case exclusiveUndo, exclusiveAbandon
  case unfinishedRemove

  /// The process dies or stops here, if it was told to.
  @inlinable @inline(__always)
  public static func reach(_ point: CrashPoint) {
    #if CrashPoints
      reached(point)
    #endif
  }
}

#if CrashPoints
  extension CrashPoint {
    /// Out of line, so that the point is in one place.
    @usableFromInline
    static func reached(_ point: CrashPoint) { ciq_crash_point_reached(point.rawValue) }

    /// Sends `signal` to this process the `visit`-th time that it reaches the point; not to its
    /// children, for whose end it may be waiting.
    package func arm(signal: CInt, visit: UInt32 = 1) {
      ciq_crash_point_arm(rawValue, signal, visit)
    }

    /// How often this process has reached the point.
    package var visits: UInt32 { ciq_crash_point_visits(rawValue) }
  }
#endif
