internal import RingBuffer
internal import SharedMemory

// Taking items that travel as the bytes they are.
extension ConsumerCore {
  /// Takes one item of `bytes` bytes and copies it to `destination`, if nothing stands in the way;
  /// otherwise `takeCopy` does, or says what does.
  @usableFromInline
  func takeCopyAtOnce(to destination: UnsafeMutableRawPointer, each bytes: Int) -> Bool {
    guard isMine, lock.lockIfFree() else { return false }
    let isTaken = unsafe ring.takeCopy(
      acknowledging: &held.pointee.delivery, as: state, each: bytes, to: destination)
    queue.wakeAfterTake()
    lock.unlock()
    if isTaken { countOperation() }
    return isTaken
  }

  /// Takes one item of `bytes` bytes and copies it to `destination`. The handle is not locked
  /// afterwards.
  @usableFromInline
  func takeCopy(
    to destination: UnsafeMutableRawPointer, each bytes: Int, _ limit: WaitLimit
  ) throws(QueueError) -> Taken {
    let taken = try takeSlowly(upTo: 1, limit)
    guard case .items = taken else { return taken }
    let count = try unsafe copyDelivered(to: destination, each: bytes, stride: bytes, limit)
    return count == 0 ? .nothing : .items(count)
  }

  /// What iterating does, for items of `bytes` bytes: takes one and copies it to `destination`. Returns
  /// false at the end, or if an error ended the iteration. Items of another size are passed over.
  @usableFromInline
  func nextCopy(to destination: UnsafeMutableRawPointer, each bytes: Int) -> Bool {
    if hasFailed { return false }
    while true {
      if unsafe takeCopyAtOnce(to: destination, each: bytes) { return true }
      do throws(QueueError) {
        let taken = try unsafe takeCopy(to: destination, each: bytes, .forever)
        return if case .items = taken { true } else { false }
      } catch {
        if error.code == .undecodable { continue }
        fail(error)
        return false
      }
    }
  }

  /// The same where the item is read in its buffer, which is aligned to 8 bytes: the handle is locked
  /// unless it returns nil.
  @usableFromInline
  func nextInPlace(each bytes: Int) -> UnsafeRawPointer? {
    if hasFailed { return nil }
    while true {
      do throws(QueueError) {
        return unsafe try takeInPlace(each: bytes)
      } catch {
        if error.code == .undecodable { continue }
        fail(error)
        return nil
      }
    }
  }

  /// Takes one item of `bytes` bytes and returns where it lies, aligned to 8 bytes; nil at the end. The
  /// handle is locked unless it returns nil or throws.
  @usableFromInline
  func takeInPlace(each bytes: Int) throws(QueueError) -> UnsafeRawPointer? {
    while case .items = try take(upTo: 1, .forever) {
      let delivery = unsafe held.pointee.delivery
      if delivery.isNothing {
        finishTaking()
        continue
      }
      var reader = ring.reader(of: delivery)
      guard let item = unsafe reader.next() else { throw finishDamaged() }
      if item.count == bytes { return item.baseAddress }
      try finishTaking(undecodableAt: 0, RawSizeMismatch(expected: bytes, found: item.count))
    }
    return nil
  }

  /// Copies the delivered items, each of `bytes` bytes, to `destination`, `stride` bytes apart, and
  /// unlocks the handle. Returns how many were copied: those before the first that is of another
  /// size, or damaged.
  @usableFromInline
  func copyDelivered(
    to destination: UnsafeMutableRawPointer, each bytes: Int, stride: Int, _ limit: WaitLimit
  ) throws(QueueError) -> Int {
    let delivery = unsafe held.pointee.delivery
    if delivery.isNothing {
      finishTaking()
      return 0
    }
    switch unsafe ring.copyItems(of: delivery, each: bytes, stride: stride, to: destination) {
    case .all:
      finishTaking()
      return delivery.delivered
    case .stopped(let count, let found):
      try finishTaking(
        undecodableAt: count, RawSizeMismatch(expected: bytes, found: found), limit)
      return count
    case .damaged(let count):
      try cutDamaged(to: count)
      finishTaking()
      return count
    }
  }
}
