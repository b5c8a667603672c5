internal import ItemCoding
internal import RingBuffer

/// The items of the batch before, whose memory is used anew if nobody else has them any more: to allocate
/// an array takes as long as to copy 1 KiB.
@usableFromInline
final class LastBatch<Item> {
  @usableFromInline var items: [Item] = []
  @usableFromInline var batchesToPass = 0

  @usableFromInline init() {}

  /// The items, whose memory is the caller's then.
  @inlinable
  func take() -> [Item] {
    var taken: [Item] = []
    swap(&taken, &items)
    return taken
  }

  /// Keeps a batch that the user has now.
  @inlinable
  func keep(_ batch: [Item]) {
    if batchesToPass > 0 {
      batchesToPass -= 1
    } else {
      items = batch
    }
  }

  /// The user had some still, so that they were copied before they were written: a waste, if those to come
  /// are kept too.
  @inlinable
  func pause() { batchesToPass = 64 }
}

extension ConsumerCore {
  /// The first of the delivered items, as far as the arrays of the batch before can hold them: those that
  /// are as long. The handle is locked.
  @usableFromInline
  func refill(_ last: LastBatch<[UInt8]>) -> [[UInt8]] {
    var arrays = last.take()
    let delivery = unsafe held.pointee.delivery
    if delivery.isNothing { return [] }
    var reader = ring.reader(of: delivery)
    var count = 0
    var isShared = false
    while count < arrays.count, let item = unsafe reader.next(),
      let contents = unsafe ByteString.contents(of: item), contents.count == arrays[count].count
    {
      let place = unsafe arrays[count].withUnsafeBytes { $0.baseAddress }
      let newPlace = unsafe arrays[count].withUnsafeMutableBytes {
        unsafe $0.copyMemory(from: contents)
        return UnsafeRawPointer($0.baseAddress)
      }
      isShared = unsafe isShared || newPlace != place
      count &+= 1
    }
    arrays.removeLast(arrays.count - count)
    if isShared { last.pause() }
    return arrays
  }
}
