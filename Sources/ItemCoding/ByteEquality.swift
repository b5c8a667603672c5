/// Whether two runs of bytes are equal, eight at a time.
@inline(__always)
func isEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
  let count = left.count
  guard count == right.count else { return false }
  guard count > 0, let left = left.baseAddress, let right = right.baseAddress else { return true }
  if count < 8 {
    for offset in 0..<count
    where unsafe left.load(fromByteOffset: offset, as: UInt8.self)
      != right.load(fromByteOffset: offset, as: UInt8.self)
    {
      return false
    }
    return true
  }
  var offset = 0
  while offset &+ 8 < count {
    guard unsafe isEqualWord(left, right, offset) else { return false }
    offset &+= 8
  }
  // The last word may overlap the one before.
  return unsafe isEqualWord(left, right, count &- 8)
}

@inline(__always)
private func isEqualWord(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ offset: Int) -> Bool
{
  unsafe left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    == right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
}
