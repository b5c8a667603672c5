extension CBORReader {
  /// A keyed container for the map at `offset`.
  func container<Key: CodingKey>(
    _ keys: Key.Type, at offset: Int, depth: Int
  ) throws -> KeyedDecodingContainer<Key> {
    if MemoryLayout<KeyedDecodingContainer<Key>>.size == MemoryLayout<AnyObject>.size {
      if let (box, lease) = boxes.take(ObjectIdentifier(keys), for: boxes.usedCount) {
        try unsafe unsafeDowncast(lease, to: MapCursor.self).open(at: offset, depth: depth, self)
        // A keyed container is one reference to its box; what came from one goes back into one.
        return unsafe unsafeBitCast(box, to: KeyedDecodingContainer<Key>.self)
      }
    }
    let cursor = MapCursor(self)
    let container = KeyedDecodingContainer(KeyedReading<Key>(map: cursor))
    if MemoryLayout<KeyedDecodingContainer<Key>>.size == MemoryLayout<AnyObject>.size {
      let box = unsafe unsafeBitCast(container, to: AnyObject.self)
      boxes.keep(box, cursor, ObjectIdentifier(keys), for: boxes.usedCount)
    } else {
      boxes.keep(cursor, cursor, ContainerBoxes.once, for: boxes.usedCount)
    }
    try cursor.open(at: offset, depth: depth, self)
    return container
  }

  /// An unkeyed container's cursor for the array at `offset`.
  func array(at offset: Int, depth: Int) throws -> ArrayCursor {
    let type = ObjectIdentifier(ArrayCursor.self)
    let cursor: ArrayCursor
    if let kept = boxes.take(type, for: boxes.usedCount) {
      cursor = unsafe unsafeDowncast(kept.box, to: ArrayCursor.self)
    } else {
      cursor = ArrayCursor(self)
      boxes.keep(cursor, cursor, type, for: boxes.usedCount)
    }
    try cursor.open(at: offset, depth: depth, self)
    return cursor
  }
}
