internal import ItemCoding
internal import RingBuffer

/// The arrays of bytes of the batch before, which are filled anew if nobody else has them any more: to
/// allocate one takes as long as to copy 1 KiB.
@usableFromInline
final class LastBatch {
  private var arrays: [[UInt8]] = []
  private var batchesToPass = 0

  @usableFromInline init() {}

  /// Keeps the arrays of a batch, which the user has now.
  @usableFromInline
  func keep(_ batch: [[UInt8]]) {
    if batchesToPass > 0 {
      batchesToPass -= 1
    } else {
      arrays = batch
    }
  }

  /// Arrays with the contents of the next items, as long as there is one, and they are byte strings of the
  /// same size.
  @inline(__always)
  fileprivate func fill(from reader: inout DeliveryReader) -> [[UInt8]] {
    var filled: [[UInt8]] = []
    swap(&filled, &arrays)
    var count = 0
    var isShared = false
    while count < filled.count, let item = unsafe reader.next(),
      let contents = unsafe ByteString.contents(of: item),
      contents.count == filled[count].count
    {
      let place = unsafe filled[count].withUnsafeBytes { $0.baseAddress }
      let newPlace = unsafe filled[count].withUnsafeMutableBytes {
        unsafe $0.copyMemory(from: contents)
        return UnsafeRawPointer($0.baseAddress)
      }
      isShared = unsafe isShared || newPlace != place
      count &+= 1
    }
    filled.removeLast(filled.count - count)
    // The user had one still, so that it was copied first: a waste, if others are kept too.
    if isShared { batchesToPass = 64 }
    return filled
  }
}

extension ConsumerCore {
  /// The first of the delivered items, as far as arrays of the batch before can hold them. The handle is
  /// locked.
  @usableFromInline
  func reuse(_ last: LastBatch) -> [[UInt8]] {
    let delivery = unsafe held.pointee.delivery
    if delivery.isNothing { return [] }
    var reader = ring.reader(of: delivery)
    return last.fill(from: &reader)
  }
}
