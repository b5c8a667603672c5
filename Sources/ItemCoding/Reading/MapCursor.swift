/// A map that is being read by key.
///
/// Keys are tried in the order in which they lie; only one that is not the next is searched for.
final class MapCursor: ReadingCursor {
  /// One bit for each of the first 64 entries that was read.
  private var taken: UInt64 = 0
  private var takenCount = 0
  /// A key was not where it was expected.
  private var isDisordered = false
  /// How many entries searches have passed.
  private var searched = 0
  /// Where each key lies, once searching would take longer.
  private var places: MapPlaces?

  func open(at offset: Int, depth: Int, _ reader: CBORReader) throws {
    try open(5, [String: Any].self, at: offset, depth: depth, reader)
  }

  override func reset() {
    taken = 0
    takenCount = 0
    isDisordered = false
    searched = 0
    if places != nil { places = nil }
  }

  /// The offset of the value for `key`, or nil; the map stands before it.
  @inline(__always)
  func find(_ key: some CodingKey, _ reader: CBORReader) throws -> Int? {
    try resolve(reader)
    var text = key.stringValue
    return try text.withUTF8 { utf8 in
      let bytes = UnsafeRawBufferPointer(utf8)
      if !isAtEnd(reader), let value = try unsafe match(bytes, key, cursor, reader) {
        reader.note(cursor, at: depth)
        return value
      }
      return try unsafe search(bytes, key, reader)
    }
  }

  /// The entry that was found is read, or handed out.
  @inline(__always)
  func take(_ value: Int) {
    unresolved = value
    if index < 64 {
      let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: index)
      takenCount &+= taken & bit == 0 ? 1 : 0
      taken |= bit
    } else if !isDisordered {
      takenCount &+= 1
    }
  }

  override func atEnd(_ reader: CBORReader) {
    if takenCount == index { completed(reader) }
  }

  /// The offset of the value, if the key at `offset` is `key`.
  @inline(__always)
  private func match(
    _ utf8: UnsafeRawBufferPointer, _ key: some CodingKey, _ offset: Int, _ reader: CBORReader
  ) throws -> Int? {
    let first = offset < reader.count ? reader.byte(offset) : 0xff
    if first >= 0x60, first < 0x78 {
      let length = Int(first & 0x1f)
      let value = offset &+ 1 &+ length
      guard value <= reader.count else { throw reader.truncated(at: offset) }
      guard length == utf8.count else { return nil }
      return unsafe isEqual(utf8, reader.slice(offset &+ 1, length)) ? value : nil
    }
    return try unsafe otherMatch(utf8, key, offset, reader)
  }

  @inline(never)
  private func otherMatch(
    _ utf8: UnsafeRawBufferPointer, _ key: some CodingKey, _ offset: Int, _ reader: CBORReader
  ) throws -> Int? {
    let head = try reader.valueHead(offset)
    switch head.major {
    case 3 where head.isIndefinite:
      return try unsafe reader.text(at: offset).utf8.elementsEqual(utf8) ? reader.next : nil
    case 3:
      let length = try reader.length(head, at: offset)
      guard length == utf8.count, unsafe isEqual(utf8, reader.slice(head.next, length)) else {
        return nil
      }
      return head.next + length
    case 0, 1:
      guard let number = key.intValue, let found = try? reader.integer(Int.self, at: offset),
        found == number
      else { return nil }
      return head.next
    default:
      return nil
    }
  }

  @inline(never)
  private func search(
    _ utf8: UnsafeRawBufferPointer, _ key: some CodingKey, _ reader: CBORReader
  ) throws -> Int? {
    let startCursor = cursor
    let startIndex = index
    reader.depth = depth
    isDisordered = true
    if searched > 256 { return try lookUp(key, reader) }
    while !isAtEnd(reader) {
      if let value = try unsafe match(utf8, key, cursor, reader) {
        reader.note(cursor, at: depth)
        return value
      }
      try step(reader)
    }
    cursor = first
    index = 0
    while index < startIndex {
      if let value = try unsafe match(utf8, key, cursor, reader) {
        reader.note(cursor, at: depth)
        return value
      }
      try step(reader)
    }
    cursor = startCursor
    index = startIndex
    return nil
  }

  /// Goes past an entry.
  private func step(_ reader: CBORReader) throws {
    cursor = try reader.skip(reader.skip(cursor))
    index += 1
    searched += 1
  }

  /// As `search`, by a table of all keys, so that the time for a map is not its size squared.
  private func lookUp(_ key: some CodingKey, _ reader: CBORReader) throws -> Int? {
    if places == nil { places = try MapPlaces(from: first, count: count, reader) }
    guard let place = places?.find(key) else { return nil }
    cursor = place.cursor
    index = place.index
    reader.note(cursor, at: depth)
    return place.value
  }

  /// All keys as texts, in the order in which they lie; integers in decimal.
  func keys(_ reader: CBORReader) throws -> [(text: String, number: Int?)] {
    try resolve(reader)
    reader.depth = depth
    var keys: [(text: String, number: Int?)] = []
    let (startCursor, startIndex) = (cursor, index)
    cursor = first
    index = 0
    while !isAtEnd(reader) {
      let head = try reader.valueHead(cursor)
      if head.major == 3 {
        keys.append((try reader.text(at: cursor), nil))
      } else if let number = try? reader.integer(Int.self, at: cursor) {
        keys.append(("\(number)", number))
      }
      try step(reader)
    }
    cursor = startCursor
    index = startIndex
    return keys
  }

  /// Goes to the end. If entries were left, a key may lie there a second time, which is an error
  /// (RFC 8949, section 5.6).
  override func finish() throws {
    guard isInUse else { return }
    let reader = try reader()
    try resolve(reader)
    reader.depth = depth
    if isAtEnd(reader), takenCount == index { return completed(reader) }
    cursor = first
    index = 0
    var seen: Set<ArraySlice<UInt8>> = []
    while !isAtEnd(reader) {
      let end = try reader.skip(cursor)
      let key = unsafe ArraySlice(reader.slice(cursor, end - cursor))
      guard seen.insert(key).inserted else { throw reader.corrupted("a second key", at: cursor) }
      try step(reader)
    }
    completed(reader)
  }
}
