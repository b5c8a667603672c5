/// Records, one after another as they lie in the ring, to be put under one lock.
@safe
public struct RecordBatch: ~Copyable {
  private var storage: UnsafeMutableRawBufferPointer
  /// Where each record ends, in bytes.
  private var ends: [Int] = []

  public init() {
    unsafe storage = .allocate(byteCount: 4096, alignment: 16)
  }

  deinit { unsafe storage.deallocate() }

  public var count: Int { ends.count }
  public var bytes: Int { ends.last ?? 0 }

  /// The bytes of a record in it.
  public func recordBytes(at index: Int) -> Int { bytes(index..<index + 1) }

  private func bytes(_ range: Range<Int>) -> Int {
    range.isEmpty
      ? 0 : ends[range.upperBound - 1] - (range.lowerBound == 0 ? 0 : ends[range.lowerBound - 1])
  }

  func extent(_ range: Range<Int>) -> Extent {
    Extent(
      units: UInt32(truncatingIfNeeded: bytes(range) / 8),
      items: UInt32(truncatingIfNeeded: range.count))
  }

  func address(_ index: Int) -> UnsafeRawPointer {
    unsafe UnsafeRawPointer(storage.baseAddress.unsafelyUnwrapped)
      + (index == 0 ? 0 : ends[index - 1])
  }

  /// Appends one item's encoded bytes.
  public mutating func append(_ payload: UnsafeRawBufferPointer) {
    unsafe Record.write(payload.baseAddress, payload.count, to: place(payload.count))
  }

  /// Appends one item: the lowest `headBytes` bytes of `head`, one to eight, then `rest`.
  public mutating func append(_ head: UInt64, _ headBytes: Int, _ rest: UnsafeRawBufferPointer) {
    unsafe Record.write(head, headBytes, rest, to: place(headBytes &+ rest.count))
  }

  /// Where the next record goes, of an item of `payload` bytes.
  private mutating func place(_ payload: Int) -> UnsafeMutableRawPointer {
    let start = bytes
    let end = start + Record.size(payload)
    if unsafe end > storage.count {
      let larger = unsafe UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(end, storage.count * 2), alignment: 16)
      unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[..<start]))
      unsafe storage.deallocate()
      unsafe storage = larger
    }
    ends.append(end)
    return unsafe storage.baseAddress.unsafelyUnwrapped + start
  }

  public mutating func removeAll() { ends.removeAll(keepingCapacity: true) }
}
