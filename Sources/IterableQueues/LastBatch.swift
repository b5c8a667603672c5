internal import ItemCoding
internal import RingBuffer

/// The items of the batch before, whose memory is used anew if nobody else has them any more: to allocate
/// an array takes as long as to copy 1 KiB.
@frozen @usableFromInline
struct LastBatch<Item> {
  @usableFromInline var items: [Item] = []
  @usableFromInline var batchesToPass: Int

  @inlinable
  init(isOfUse: Bool) { batchesToPass = isOfUse ? 0 : .max }

  /// The items, whose memory is the caller's then.
  @inlinable
  mutating func take() -> [Item] {
    var taken: [Item] = []
    swap(&taken, &items)
    return taken
  }

  /// Keeps a batch that the user has now.
  @inlinable
  mutating func keep(_ batch: [Item]) {
    if batchesToPass > 0 {
      batchesToPass -= 1
    } else {
      items = batch
    }
  }

  /// The user had some still, so that they were copied before they were written: a waste, if those to come
  /// are kept too.
  @inlinable
  mutating func pause() { batchesToPass = 64 }
}

extension ConsumerCore {
  /// As many of the delivered items as there were arrays in the batch before: each in the array at its
  /// place, if that is as long. Ends before what is no byte string. Returns whether somebody else had one of
  /// the arrays. The handle is locked.
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
      defer { count &+= 1 }
      if contents.count != arrays[count].count {
        arrays[count] = unsafe [UInt8](contents)
        continue
      }
      let place = unsafe arrays[count].withUnsafeBytes { $0.baseAddress }
      let newPlace = unsafe arrays[count].withUnsafeMutableBytes {
        unsafe $0.copyMemory(from: contents)
        return UnsafeRawPointer($0.baseAddress)
      }
      isShared = unsafe isShared || newPlace != place
    }
    arrays.removeLast(arrays.count - count)
    return isShared
  }
}
