extension CBORWriter {
  /// Puts the entries of every map from `start` on in the order of the bytes of their keys
  /// (RFC 8949, section 4.2.1).
  func sortMaps(from start: Int) throws {
    let reader = CBORReader(options: options)
    unsafe reader.begin(UnsafeRawBufferPointer(start: base, count: count))
    defer { reader.end() }
    _ = try sort(reader, start)
  }

  /// Sorts within the item at `start`, and gives its end. Innermost maps come first, so that a map
  /// which is itself part of a key has its final form when that is compared.
  private func sort(_ reader: CBORReader, _ start: Int) throws -> Int {
    var offset = start
    var head = try reader.head(offset)
    while head.major == 6 {
      offset = head.next
      head = try reader.head(offset)
    }
    switch head.major {
    case 4:
      offset = head.next
      for _ in 0..<head.argument { offset = try sort(reader, offset) }
      return offset
    case 5:
      return try sortEntries(reader, head)
    default:
      return try reader.skip(offset)
    }
  }

  private func sortEntries(_ reader: CBORReader, _ head: CBORReader.Head) throws -> Int {
    var entries: [(key: Range<Int>, end: Int)] = []
    var offset = head.next
    for _ in 0..<head.argument {
      let keyEnd = try sort(reader, offset)
      let end = try sort(reader, keyEnd)
      entries.append((offset..<keyEnd, end))
      offset = end
    }
    let bytes = unsafe [UInt8](reader.slice(head.next, offset - head.next))
    func key(_ entry: (key: Range<Int>, end: Int)) -> ArraySlice<UInt8> {
      bytes[(entry.key.lowerBound - head.next)..<(entry.key.upperBound - head.next)]
    }
    entries.sort { key($0).lexicographicallyPrecedes(key($1)) }
    var place = head.next
    for entry in entries {
      let range = (entry.key.lowerBound - head.next)..<(entry.end - head.next)
      unsafe bytes.withUnsafeBytes {
        unsafe (base + place).copyMemory(
          from: $0.baseAddress! + range.lowerBound, byteCount: range.count)
      }
      place += range.count
    }
    return offset
  }
}
