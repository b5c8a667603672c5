internal import ItemCoding
internal import RingBuffer

/// The array that was given out last: an item's bytes, or a batch. Its memory, and in a batch of byte arrays
/// theirs, is used anew if nobody else has it any more, because to allocate 1 KiB takes as long as to copy it.
@frozen @usableFromInline
struct LastArray<Element> {
  @usableFromInline var elements: [Element] = []
  @usableFromInline var keepsToSkip = 0

  @inlinable
  init() {}

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
    if keepsToSkip > 0 {
      keepsToSkip -= 1
    } else {
      elements = array
    }
  }

  /// The user had it still, so that it was copied before it was written. Who keeps each array pays for that
  /// once in 65.
  @inlinable
  mutating func wasShared() { keepsToSkip = 64 }
}

extension Array {
  /// Lets `write` write the elements. Returns whether somebody else had them, so that they were copied first.
  @inlinable @inline(__always)
  mutating func overwrite<Failure: Error>(
    _ write: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    let place = unsafe withUnsafeBufferPointer { $0.baseAddress }
    let newPlace = try unsafe withUnsafeMutableBufferPointer { elements throws(Failure) in
      try unsafe write(elements)
      return unsafe UnsafePointer(elements.baseAddress)
    }
    return unsafe newPlace != place
  }
}

extension [UInt8] {
  /// Becomes a copy of `bytes`, in the same memory if it is as long. Returns whether somebody else had that.
  @inline(__always)
  fileprivate mutating func become(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if count == bytes.count {
      return unsafe overwrite { unsafe UnsafeMutableRawBufferPointer($0).copyMemory(from: bytes) }
    }
    self = []
    self = unsafe [UInt8](bytes)
    return false
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
    guard let contents = unsafe try deliveredByteString() else { return nil }
    var array = unsafe held.pointee.last.take()
    if unsafe array.become(contents) { unsafe held.pointee.last.wasShared() }
    unsafe held.pointee.last.keep(array)
    return array
  }
}
