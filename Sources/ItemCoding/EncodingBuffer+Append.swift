extension EncodingBuffer {
  /// Makes room for `additional` bytes after those already written.
  public mutating func reserve(_ additional: Int) {
    guard additional > capacity - count else { return }
    let grown = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count + additional, 2 * capacity), alignment: 16)
    unsafe grown.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[..<count]))
    unsafe storage.deallocate()
    unsafe storage = grown
  }

  /// Appends one byte.
  public mutating func append(_ byte: UInt8) {
    reserve(1)
    unsafe storage[count] = byte
    count += 1
  }

  /// Appends a copy of `bytes`.
  public mutating func append(contentsOf bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }

  /// Appends a copy of `bytes`, which may not lie in this buffer.
  public mutating func append(contentsOf bytes: UnsafeRawBufferPointer) {
    reserve(bytes.count)
    unsafe UnsafeMutableRawBufferPointer(rebasing: storage[count...]).copyMemory(from: bytes)
    count += bytes.count
  }

  /// Appends the bytes of `value` as they lie in memory; on the supported machines that is
  /// little-endian.
  public mutating func append<Value: BitwiseCopyable>(bytesOf value: Value) {
    unsafe Swift.withUnsafeBytes(of: value) { unsafe append(contentsOf: $0) }
  }
}
