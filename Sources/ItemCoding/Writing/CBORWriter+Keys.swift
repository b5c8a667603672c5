// A map has no key twice (RFC 8949, section 5.6), but a program may write one twice, as a class and
// its superclass do with a field of the same name. The later value counts, as in JSONEncoder.
//
// Looking for repeated keys costs next to nothing: a bit for each key tells that there are none, or
// else the hash of the sequence of keys tells that it was looked through before.

extension CBORWriter {
  /// Notes the key `bytes` of the map `frame`.
  @inline(__always)
  func noteKey(_ bytes: UnsafeRawBufferPointer, in frame: Int) {
    let hash = unsafe bytes.baseAddress.map { unsafe quickHash($0, bytes.count) } ?? 0
    let bit: UInt64 = 1 << (hash >> 58)
    if self[frame].keysSeen & bit != 0 { self[frame].mayRepeatKeys = true }
    self[frame].keysSeen |= bit
    self[frame].keysHash = (self[frame].keysHash ^ hash) &* 0x94d0_49bb_1331_11eb &+ 1
  }

  /// Removes all but the last entry for each key of the map `frame`, which is the top.
  @inline(never)
  func dropRepeatedKeys(of frame: Int) {
    let hash = self[frame].keysHash
    let place = Int(hash >> 58)
    if distinctKeys[place] == hash, hash != 0 { return }
    let entries = entries(of: frame)
    var seen: Set<ArraySlice<UInt8>> = []
    var repeated: [Range<Int>] = []
    for entry in entries.reversed() {
      let key = unsafe [UInt8](
        UnsafeRawBufferPointer(start: base + entry.key.lowerBound, count: entry.key.count))
      if !seen.insert(key[...]).inserted {
        repeated.append(entry.key.lowerBound..<entry.end)
      }
    }
    if repeated.isEmpty {
      distinctKeys[place] = hash
    } else {
      for entry in repeated { remove(entry, from: frame) }
    }
  }

  private func entries(of frame: Int) -> [(key: Range<Int>, end: Int)] {
    let reader = CBORReader(options: options)
    unsafe reader.begin(UnsafeRawBufferPointer(start: base, count: count))
    defer { reader.end() }
    var entries: [(key: Range<Int>, end: Int)] = []
    var offset = self[frame].header + Int(self[frame].headerSize)
    do {
      while offset < count {
        let keyEnd = try reader.skip(offset)
        let end = try reader.skip(keyEnd)
        entries.append((offset..<keyEnd, end))
        offset = end
      }
    } catch {
      fail(error)
    }
    return entries
  }

  /// Removes an entry; containers that write into it are of no use any more.
  private func remove(_ entry: Range<Int>, from frame: Int) {
    unsafe (base + entry.lowerBound).copyMemory(
      from: base + entry.upperBound, byteCount: count - entry.upperBound)
    count -= entry.count
    self[frame].count -= 1
    for other in 0..<frameCount where self[other].isSealed && self[other].asideFor < 0 {
      if entry.contains(self[other].header) {
        self[other].serial = 0
      } else if self[other].header >= entry.upperBound {
        shift(other, by: -entry.count)
      }
    }
  }
}
