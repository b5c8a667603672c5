// Keys and most texts are a few bytes, for which a call of memcpy or memcmp takes longer than the
// work. They are loaded as one or two words instead, which may overlap.

/// The `count` bytes at `bytes`, at most eight, as the low bytes of a word.
@inline(__always)
func loadWord(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
  if count == 8 { return unsafe bytes.loadUnaligned(as: UInt64.self) }
  if count >= 4 {
    let low = unsafe bytes.loadUnaligned(as: UInt32.self)
    let high = unsafe bytes.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
    return UInt64(low) | UInt64(high) << UInt64(truncatingIfNeeded: 8 &* (count &- 4))
  }
  if count == 0 { return 0 }
  let first = unsafe bytes.load(as: UInt8.self)
  let middle = unsafe bytes.load(fromByteOffset: count >> 1, as: UInt8.self)
  let last = unsafe bytes.load(fromByteOffset: count &- 1, as: UInt8.self)
  return UInt64(first) | UInt64(middle) << UInt64(truncatingIfNeeded: 8 &* (count >> 1))
    | UInt64(last) << UInt64(truncatingIfNeeded: 8 &* (count &- 1))
}

/// Copies `count` bytes to `target`, after whose start eight bytes at least may be overwritten.
@inline(__always)
func copyBytes(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ count: Int) {
  if count <= 8 {
    unsafe target.storeBytes(of: loadWord(source, count), as: UInt64.self)
  } else if count <= 16 {
    let first = unsafe source.loadUnaligned(as: UInt64.self)
    let last = unsafe source.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
    unsafe target.storeBytes(of: first, as: UInt64.self)
    unsafe target.storeBytes(of: last, toByteOffset: count &- 8, as: UInt64.self)
  } else {
    unsafe target.copyMemory(from: source, byteCount: count)
  }
}

/// Whether two runs of bytes are equal.
@inline(__always)
func isEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
  let count = left.count
  guard count == right.count else { return false }
  guard count > 0, let left = left.baseAddress, let right = right.baseAddress else { return true }
  if count <= 8 { return unsafe loadWord(left, count) == loadWord(right, count) }
  var offset = 0
  while offset &+ 8 < count {
    guard unsafe isEqualWord(left, right, offset) else { return false }
    offset &+= 8
  }
  return unsafe isEqualWord(left, right, count &- 8)
}

@inline(__always)
private func isEqualWord(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ offset: Int) -> Bool
{
  unsafe left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    == right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
}

/// A hash that differs for different runs of bytes, with a probability of one in 2^64.
@inline(__always)
func quickHash(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
  if count <= 8 {
    return unsafe (loadWord(bytes, count) &+ UInt64(truncatingIfNeeded: count))
      &* 0x9e37_79b9_7f4a_7c15
  }
  var hash = UInt64(truncatingIfNeeded: count)
  var offset = 0
  while offset < count {
    let word = unsafe bytes.loadUnaligned(
      fromByteOffset: min(offset, count &- 8), as: UInt64.self)
    hash = (hash ^ (hash >> 29)) &* 0xbf58_476d_1ce4_e5b9 &+ word
    offset &+= 8
  }
  return (hash ^ (hash >> 32)) &* 0x9e37_79b9_7f4a_7c15
}

extension String {
  /// Gives the UTF-8 bytes to `body`, without a copy of the string.
  @inline(__always)
  func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    let done: Void? = unsafe utf8.withContiguousStorageIfAvailable {
      unsafe body(UnsafeRawBufferPointer($0))
    }
    if done != nil { return }
    // A string that is not in memory as UTF-8; on Linux there is none.
    unsafe Array(utf8).withUnsafeBytes { unsafe body($0) }
  }
}
