/// A growing buffer of bytes that keeps its storage when it is emptied.
///
/// One thread uses it at a time. Appending takes amortised constant time per byte.
@safe
public struct EncodingBuffer: ~Copyable {
  @usableFromInline var storage: UnsafeMutableRawBufferPointer
  /// How many bytes are written, from the start of the storage.
  public internal(set) var count: Int

  /// Makes an empty buffer with room for `minimumCapacity` bytes.
  public init(minimumCapacity: Int = 256) {
    unsafe storage = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(minimumCapacity, 16), alignment: 16)
    count = 0
  }

  deinit { unsafe storage.deallocate() }

  /// How many bytes fit before the storage grows.
  public var capacity: Int { unsafe storage.count }

  /// Forgets the bytes, keeps the storage.
  public mutating func removeAll() { count = 0 }

  /// Gives the bytes written so far to `body`; they are valid only during the call.
  public borrowing func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
  }
}
