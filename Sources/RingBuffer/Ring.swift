internal import CIterableQueue
public import SharedMemory
internal import Synchronization

/// The queue's algorithm over its mapped segment: a ring, in-flight buffers, a registry.
///
/// Producers take the put lock, consumers the get lock; between them lies a single-producer
/// single-consumer ring. Each operation has one commit point, a single store. Nothing here waits,
/// except for locks: an operation that would wait says so, and the caller sleeps outside.
///
/// Thread-safe. A child of `fork` may use its copy. The memory:
///
///     file   | header | control | slots | marks | in-flight buffers | ring | dead letters |
///     memory | header | control | slots | marks | in-flight buffers | ring | ring | dead letters |
@safe
public final class Ring: @unchecked Sendable {
  public let segment: Segment
  public let geometry: Geometry
  /// How often an item is delivered before it becomes a dead letter.
  public let maxDeliveries: Int
  let isPersistent: Bool
  /// The namespaces in which the queue's processes live.
  public let namespaces: Namespaces
  /// Whether an item whose consumer died is dropped instead of delivered again.
  let isAtMostOnce: Bool
  /// What the header says beside the geometry.
  package let description: QueueDescription

  let control: UnsafeMutableRawPointer
  let slots: UnsafeMutableRawPointer
  let marks: UnsafeMutableRawPointer
  let inFlight: UnsafeMutableRawPointer
  let ring: UnsafeMutableRawPointer
  let dead: UnsafeMutableRawPointer
  let capacityUnits: UInt32
  let maxItems: UInt32

  /// Where consumers sleep until there is something to read.
  public let consumersWait: WaitWord
  /// Where producers sleep until the ring is half empty.
  public let producersWait: WaitWord
  /// Where `waitUntilAcknowledged` sleeps.
  public let acknowledgedWait: WaitWord

  let liveness = Liveness()

  /// The segment is mapped with this geometry, and initialised.
  package init(segment: Segment, geometry: Geometry, _ description: QueueDescription) {
    self.segment = segment
    self.geometry = geometry
    maxDeliveries = description.maxDeliveries
    isPersistent = description.isPersistent
    namespaces = description.namespaces
    isAtMostOnce = description.isAtMostOnce
    self.description = description
    unsafe control = segment.address(of: geometry.controlOffset)
    unsafe slots = segment.address(of: geometry.slotsOffset)
    unsafe marks = segment.address(of: geometry.marksOffset)
    unsafe inFlight = segment.address(of: geometry.inFlightOffset)
    unsafe ring = segment.address(of: geometry.ringOffset)
    unsafe dead = segment.address(of: geometry.deadOffset)
    capacityUnits = UInt32(geometry.ringBytes / 8)
    maxItems = UInt32(geometry.maxItems)
    unsafe consumersWait = WaitWord(at: control + Int(ciq_offset_consumers_wait))
    unsafe producersWait = WaitWord(at: control + Int(ciq_offset_producers_wait))
    unsafe acknowledgedWait = WaitWord(at: control + Int(ciq_offset_acknowledged_wait))
  }

  /// Initialises the locks of a fresh segment, whose other words are all 0.
  package func initialize() throws(SystemFailure) {
    try putLock.initialize()
    try getLock.initialize()
    try registryLock.initialize()
  }
}

// The control words.
extension Ring {
  @inline(__always)
  func word(_ offset: Int) -> SharedWord { unsafe SharedWord(at: control + offset) }

  var putLock: RobustMutex { unsafe RobustMutex(at: control + Int(ciq_offset_put_lock)) }
  var cachedHead: SharedWord { word(Int(ciq_offset_cached_head)) }
  var tail: SharedWord { word(Int(ciq_offset_tail)) }

  var getLock: RobustMutex { unsafe RobustMutex(at: control + Int(ciq_offset_get_lock)) }
  var cachedTail: SharedWord { word(Int(ciq_offset_cached_tail)) }
  var filling: SharedWord { word(Int(ciq_offset_filling)) }
  var redelivered: SharedWord { word(Int(ciq_offset_redelivered)) }
  var deadFirst: SharedWord { word(Int(ciq_offset_dead_first)) }
  var deadLastEnd: SharedWord { word(Int(ciq_offset_dead_last_end)) }
  var deadDropped: SharedWord { word(Int(ciq_offset_dead_dropped)) }
  var deadReserved: SharedWord { word(Int(ciq_offset_dead_reserved)) }
  var head: SharedWord { word(Int(ciq_offset_head)) }

  var registryLock: RobustMutex { unsafe RobustMutex(at: control + Int(ciq_offset_registry_lock)) }
  var usedSlots: SharedWord { word(Int(ciq_offset_used_slots)) }
  var usedHandles: SharedWord { word(Int(ciq_offset_used_handles)) }
  var reservedBuffers: SharedWord { word(Int(ciq_offset_reserved_buffers)) }
  var lostProducers: SharedWord { word(Int(ciq_offset_lost_producers)) }
  var lostConsumers: SharedWord { word(Int(ciq_offset_lost_consumers)) }
  var lastReap: SharedWord { word(Int(ciq_offset_last_reap)) }

  var lifecycleWord: SharedWord { word(Int(ciq_offset_lifecycle)) }
  var hint: SharedWord { word(Int(ciq_offset_hint)) }

  public var lifecycle: Lifecycle { Lifecycle(rawValue: lifecycleWord.loadAcquire()) }
}

// Slots, marks, buffers and the ring's bytes.
extension Ring {
  func slotWord(_ slot: Int) -> SharedWord {
    unsafe SharedWord(at: slots + slot &* Int(ciq_slot_bytes))
  }
  func slotOwner(_ slot: Int) -> SharedWord {
    unsafe SharedWord(at: slots + slot &* Int(ciq_slot_bytes) + Int(ciq_offset_slot_owner))
  }
  func slotKind(_ slot: Int) -> SharedWord {
    unsafe SharedWord(at: slots + slot * Int(ciq_slot_bytes) + Int(ciq_offset_slot_kind))
  }
  /// What an open slot is used for; nil if that is damaged.
  func kind(of slot: Int) -> SlotKind? {
    SlotKind(rawValue: slotKind(slot).loadRelaxed() & Self.kindMask)
  }
  func slotSleep(_ slot: Int) -> SharedWord {
    unsafe SharedWord(at: slots + slot * Int(ciq_slot_bytes) + Int(ciq_offset_slot_sleep))
  }
  func markWord(_ buffer: Int) -> SharedWord {
    unsafe SharedWord(at: marks + buffer &* Int(ciq_mark_bytes))
  }
  func markEnd(_ buffer: Int) -> SharedWord {
    unsafe SharedWord(at: marks + buffer &* Int(ciq_mark_bytes) + Int(ciq_offset_mark_end))
  }
  /// The first byte of an in-flight buffer.
  func bufferAddress(_ buffer: Int) -> UnsafeMutableRawPointer {
    unsafe inFlight + buffer &* geometry.inFlightBytes
  }
  /// The byte of the ring at a position; as many bytes as the ring is long follow it.
  @inline(__always)
  func ringAddress(_ units: UInt32) -> UnsafeMutableRawPointer {
    unsafe ring + Int(units & (capacityUnits &- 1)) &* 8
  }
  /// How many buffers, from the first on, have storage.
  var buffers: Int {
    min(Int(truncatingIfNeeded: reservedBuffers.loadAcquire() & 0xFFFF), geometry.maxEndpoints)
  }
}

// What every operation checks under its lock.
extension Ring {
  /// Whether `refusal` has nothing against it.
  @inline(__always)
  func isUsable(_ endpoint: EndpointState) -> Bool {
    let slot = unsafe slots + endpoint.slot &* Int(ciq_slot_bytes)
    return unsafe SharedWord(at: slot).loadRelaxed() == endpoint.word.rawValue
      && SharedWord(at: slot + Int(ciq_offset_slot_owner)).loadRelaxed()
        == ProcessIdentity.current.rawValue
      && !endpoint.isClosing.load(ordering: .relaxed) && lifecycleWord.loadRelaxed() >> 63 == 0
  }

  /// Why `endpoint` may not be used by this process, or nil.
  public func refusal(_ endpoint: EndpointState) -> Refusal? {
    if slotWord(endpoint.slot).loadRelaxed() != endpoint.word.rawValue { return .closed }
    let owner = slotOwner(endpoint.slot).loadRelaxed()
    if owner != ProcessIdentity.current.rawValue {
      return .takenBy(ProcessIdentity(rawValue: owner))
    }
    if endpoint.isClosing.load(ordering: .relaxed) { return .closed }
    if lifecycleWord.loadRelaxed() >> 63 != 0 { return .cancelled }
    return nil
  }
}

// The two locks of the hot path: no closure before it is needed.
extension Ring {
  @inline(__always)
  func lockPut(_ patience: RobustMutex.Patience) -> Refusal? {
    let attempt = putLock.attempt(patience)
    return attempt.isAcquired ? nil : settlePutLock(attempt)
  }

  @inline(never)
  private func settlePutLock(_ attempt: RobustMutex.Attempt) -> Refusal? {
    putLock.settle(attempt, repairing: {}).refusal
  }

  @inline(__always)
  func lockGet(_ patience: RobustMutex.Patience) -> Refusal? {
    let attempt = getLock.attempt(patience)
    return attempt.isAcquired ? nil : settleGetLock(attempt)
  }

  @inline(never)
  private func settleGetLock(_ attempt: RobustMutex.Attempt) -> Refusal? {
    getLock.settle(attempt, repairing: { repair() }).refusal
  }
}

extension RobustMutex.Acquisition {
  /// The refusal that stands for a lock that is not held, or nil.
  @inline(__always)
  var refusal: Refusal? {
    switch self {
    case .acquired: nil
    case .notAcquired: .lockTimedOut
    case .unrecoverable: .corrupted(.lock)
    }
  }
}
