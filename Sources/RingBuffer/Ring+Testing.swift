internal import CIterableQueue
package import SharedMemory

/// A word of the segment that tests look at, and set to play a crash between two stores.
package enum TestingWord: Hashable, Sendable {
  case head, tail, cachedHead, cachedTail, filling, hint
  case deadFirst, deadLastEnd, deadDropped, deadReserved
  case lifecycle, usedSlots, reservedBuffers, lostProducers, lostConsumers, lastReap
  case mark(Int), end(Int)
  case slotWord(Int), slotOwner(Int), slotKind(Int)
}

/// Clear-box hooks for tests. They touch the memory as another process could.
extension Ring {
  private func shared(_ word: TestingWord) -> SharedWord {
    switch word {
    case .head: head
    case .tail: tail
    case .cachedHead: cachedHead
    case .cachedTail: cachedTail
    case .filling: filling
    case .hint: hint
    case .deadFirst: deadFirst
    case .deadLastEnd: deadLastEnd
    case .deadDropped: deadDropped
    case .deadReserved: deadReserved
    case .lifecycle: lifecycleWord
    case .usedSlots: usedSlots
    case .reservedBuffers: reservedBuffers
    case .lostProducers: lostProducers
    case .lostConsumers: lostConsumers
    case .lastReap: lastReap
    case .mark(let buffer): markWord(buffer)
    case .end(let buffer): markEnd(buffer)
    case .slotWord(let slot): slotWord(slot)
    case .slotOwner(let slot): slotOwner(slot)
    case .slotKind(let slot): slotKind(slot)
    }
  }

  package subscript(testing word: TestingWord) -> UInt64 {
    get { shared(word).loadAcquire() }
    set { shared(word).storeRelease(newValue, at: .testing) }
  }

  /// Makes an empty ring go on at a position.
  package func restart(at position: Position) {
    for word in [head, tail, cachedHead, cachedTail] {
      word.storeRelease(position.rawValue, at: .testing)
    }
    filling.storeRelease(0, at: .testing)
  }

  /// The locks, so that a test can hold one, or die with it.
  package var testingPutLock: RobustMutex { putLock }
  package var testingGetLock: RobustMutex { getLock }
  package var testingRegistryLock: RobustMutex { registryLock }

  /// Overwrites the header of the record at a byte of the ring.
  package func damageRecord(atByte offset: Int, with header: UInt64) {
    unsafe ring.storeBytes(of: header, toByteOffset: offset, as: UInt64.self)
  }

  /// Overwrites 8 bytes of an in-flight buffer.
  package func damageBuffer(_ buffer: Int, atByte offset: Int, with header: UInt64) {
    unsafe bufferAddress(buffer).storeBytes(of: header, toByteOffset: offset, as: UInt64.self)
  }

  /// Overwrites 8 bytes of the dead letters' log.
  package func damageDeadLetters(atByte offset: Int, with word: UInt64) {
    unsafe dead.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
  }
}

/// A part of the segment that tests damage.
package enum TestingPart: CaseIterable, Sendable {
  case control, slots, marks, buffers, ring, deadLetters
}

extension Ring {
  /// The bytes of a part in the file.
  package func testingRange(_ part: TestingPart) -> Range<Int> {
    let g = geometry
    let endpoints = g.maxEndpoints
    return switch part {
    case .control:
      unsafe g.controlOffset..<g.controlOffset + MemoryLayout<ciq_control>.size
    case .slots: g.slotsOffset..<g.slotsOffset + (endpoints + g.maxHandles) * Int(ciq_slot_bytes)
    case .marks: g.marksOffset..<g.marksOffset + endpoints * Int(ciq_mark_bytes)
    case .buffers: g.inFlightOffset..<g.ringOffset
    case .ring: g.ringOffset..<g.deadOffset
    case .deadLetters: g.deadOffset..<g.fileBytes
    }
  }

  /// Overwrites the 8-byte word `index`, modulo their number, of a part. Not the bytes of a lock:
  /// glibc follows the pointers in them.
  package func damage(_ part: TestingPart, word index: Int, with value: UInt64) {
    let range = testingRange(part)
    let offset = index % (range.count / 8) * 8
    if part == .control {
      for lock in [ciq_offset_put_lock, ciq_offset_get_lock, ciq_offset_registry_lock] {
        let bytes = unsafe Int(lock)..<Int(lock) + MemoryLayout<pthread_mutex_t>.size
        if bytes.contains(offset) { return }
      }
    }
    unsafe SharedWord(at: segment.address(of: range.lowerBound + offset))
      .storeRelease(value, at: .testing)
  }

  /// The word as it is.
  package func word(_ index: Int, of part: TestingPart) -> UInt64 {
    let range = testingRange(part)
    return unsafe SharedWord(
      at: segment.address(of: range.lowerBound + index % (range.count / 8) * 8)
    ).loadRelaxed()
  }
}

extension Ring {
  /// Gives the delivered items' bytes to `body`, in order, until it returns false. Returns false if a
  /// record is damaged.
  package func forEachItem(of delivery: Delivery, _ body: (UnsafeRawBufferPointer) -> Bool) -> Bool
  {
    var reader = reader(of: delivery)
    while let item = unsafe reader.next(), unsafe body(item) {}
    return !reader.isDamaged
  }
}

extension EndpointState {
  /// The generation of the slot while it is this endpoint's.
  package var testingGeneration: UInt32 { word.generation }
}

extension Mark {
  /// The mark's parts, for messages and expectations.
  package var testingParts: (slot: Int, generation: UInt32, attempts: Int, cursor: Int, count: Int)
  { (slot, generation, attempts, cursor, count) }

  package init(testing rawValue: UInt64) { self.init(rawValue: rawValue) }
  package init(
    testingSlot slot: Int, generation: UInt32, attempts: Int, cursor: Int, count: Int
  ) {
    self.init(
      slot: slot, generation: generation, attempts: attempts, cursor: cursor, count: count)
  }
}

extension Ring.RegistryChange {
  /// Nobody must be told anything.
  package static var nothing: Self { Self() }
}
