internal import ItemCoding
internal import RingBuffer

/// The array that was given out last, whose memory is used anew if nobody else has it any more: to allocate
/// one takes as long as to copy 1 KiB.
@frozen @usableFromInline
struct LastArray<Element> {
  @usableFromInline var elements: [Element] = []
  @usableFromInline var arraysToPass: Int

  @inlinable
  init(isOfUse: Bool) { arraysToPass = isOfUse ? 0 : .max }

  /// The array, whose memory is the caller's then.
  @inlinable
  mutating func take() -> [Element] {
    var taken: [Element] = []
    swap(&taken, &elements)
    return taken
  }

  /// Keeps an array that the user has now.
  @inlinable
  mutating func keep(_ array: [Element]) {
    if arraysToPass > 0 {
      arraysToPass -= 1
    } else {
      elements = array
    }
  }

  /// The user had it still, so that it was copied before it was written: a waste, if those to come are kept
  /// too.
  @inlinable
  mutating func pause() { arraysToPass = 64 }
}

extension [UInt8] {
  /// Becomes a copy of `bytes`, in the same memory if it is as long. Returns whether somebody else had that,
  /// so that it was copied first.
  @inline(__always)
  fileprivate mutating func become(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if count != bytes.count {
      self = unsafe [UInt8](bytes)
      return false
    }
    let place = unsafe withUnsafeBytes { $0.baseAddress }
    let newPlace = unsafe withUnsafeMutableBytes {
      unsafe $0.copyMemory(from: bytes)
      return UnsafeRawPointer($0.baseAddress)
    }
    return unsafe newPlace != place
  }
}

extension ConsumerCore {
  /// As many of the delivered items as there were arrays in the batch before, each in the array at its
  /// place. Ends before what is no byte string. Returns whether somebody else had one of the arrays. The
  /// handle is locked.
  @usableFromInline
  func refill(_ arrays: inout [[UInt8]]) -> Bool {
    let delivery = unsafe held.pointee.delivery
    if delivery.isNothing {
      arrays = []
      return false
    }
    var reader = ring.reader(of: delivery)
    var count = 0
    var isShared = false
    while count < arrays.count, let item = unsafe reader.next(),
      let contents = unsafe ByteString.contents(of: item)
    {
      if unsafe arrays[count].become(contents) { isShared = true }
      count &+= 1
    }
    arrays.removeLast(arrays.count - count)
    return isShared
  }

  /// The delivered item, in the array of the one before; nil if it is no byte string. The handle is locked
  /// unless it throws.
  @usableFromInline
  func refillLast() throws(QueueError) -> [UInt8]? {
    let delivery = unsafe held.pointee.delivery
    if delivery.isNothing { return nil }
    var reader = ring.reader(of: delivery)
    guard let item = unsafe reader.next() else { throw finishDamaged() }
    guard let contents = unsafe ByteString.contents(of: item) else { return nil }
    var array = unsafe held.pointee.last.take()
    if unsafe array.become(contents) { unsafe held.pointee.last.pause() }
    unsafe held.pointee.last.keep(array)
    return array
  }
}
