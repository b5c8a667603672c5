/// A keyed container with its box, kept for the next value with the same keys.
class KeptMap {
  let cursor: MapCursor
  var home: MapShelf?
  init(_ cursor: MapCursor) { self.cursor = cursor }
  /// Nobody but this object refers to the container.
  func isUnused() -> Bool { false }
}

final class KeptKeyedMap<Key: CodingKey>: KeptMap {
  private(set) var container: KeyedDecodingContainer<Key>

  init(_ reader: CBORReader) {
    let cursor = MapCursor(reader)
    container = KeyedDecodingContainer(KeyedReading<Key>(map: cursor))
    super.init(cursor)
  }

  override func isUnused() -> Bool { isUniquelyBoxed(&container) }
}

/// The unused containers of one type of key.
final class MapShelf {
  let keyType: ObjectIdentifier
  var kept: [KeptMap] = []
  init(_ keyType: ObjectIdentifier) { self.keyType = keyType }
}

/// The containers of a reader, kept like those of a writer (see `WritingLeases`).
final class ReadingLeases {
  private var shelves: [ObjectIdentifier: MapShelf] = [:]
  private var lastShelf: MapShelf?
  private var usedMaps: [KeptMap] = []
  private var usedArrays: [ArrayCursor] = []
  private var keptArrays: [ArrayCursor] = []

  /// A position to recycle from.
  struct Mark {
    var maps: Int
    var arrays: Int
  }

  @inline(__always)
  var mark: Mark { Mark(maps: usedMaps.count, arrays: usedArrays.count) }

  func container<Key: CodingKey>(
    _ keys: Key.Type, of reader: CBORReader, at offset: Int, depth: Int
  ) throws -> KeyedDecodingContainer<Key> {
    let shelf = shelf(for: ObjectIdentifier(keys))
    let kept: KeptKeyedMap<Key>
    if let last = shelf.kept.popLast() {
      kept = unsafe unsafeDowncast(last, to: KeptKeyedMap<Key>.self)
    } else {
      kept = KeptKeyedMap(reader)
      kept.home = shelf
    }
    usedMaps.append(kept)
    try kept.cursor.open(5, [String: Any].self, at: offset, depth: depth)
    return kept.container
  }

  func array(of reader: CBORReader, at offset: Int, depth: Int) throws -> ArrayCursor {
    let cursor = keptArrays.popLast() ?? ArrayCursor(reader)
    usedArrays.append(cursor)
    try cursor.open(4, [Any].self, at: offset, depth: depth)
    return cursor
  }

  private func shelf(for keys: ObjectIdentifier) -> MapShelf {
    if let lastShelf, lastShelf.keyType == keys { return lastShelf }
    let shelf: MapShelf
    if let known = shelves[keys] {
      shelf = known
    } else {
      shelf = MapShelf(keys)
      shelves[keys] = shelf
    }
    lastShelf = shelf
    return shelf
  }

  /// Goes to the end of every container since `mark`, innermost first.
  func finish(from mark: Mark) throws {
    for array in usedArrays[mark.arrays...].reversed() where array.isInUse { try array.finish() }
    for map in usedMaps[mark.maps...].reversed() where map.cursor.isInUse {
      try map.cursor.finish()
    }
  }

  /// Takes the containers since `mark` back.
  @inline(__always)
  func recycle(from mark: Mark) {
    while usedMaps.count > mark.maps {
      let last = usedMaps.removeLast()
      last.cursor.revoke()
      // One that the program still holds is left to it, and says so when used.
      if last.isUnused() { last.home?.kept.append(last) }
    }
    while usedArrays.count > mark.arrays {
      var last = usedArrays.removeLast()
      last.revoke()
      if isKnownUniquelyReferenced(&last) { keptArrays.append(last) }
    }
  }

  func removeAll() {
    recycle(from: Mark(maps: 0, arrays: 0))
    shelves.removeAll()
    lastShelf = nil
  }
}
