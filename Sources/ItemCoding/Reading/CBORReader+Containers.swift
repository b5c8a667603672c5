extension CBORReader {
  /// A keyed container for the map at `offset`.
  func container<Key: CodingKey>(
    _ keys: Key.Type, at offset: Int, depth: Int
  ) throws -> KeyedDecodingContainer<Key> {
    typealias Kept = KeptContainer<KeyedDecodingContainer<Key>>
    if let (container, lease) = unsafe boxes.take(ObjectIdentifier(keys), for: boxes.usedCount) {
      try unsafe lease._withUnsafeGuaranteedRef {
        try unsafe unsafeDowncast($0, to: MapCursor.self).open(at: offset, depth: depth, self)
      }
      return unsafe container._withUnsafeGuaranteedRef {
        unsafe unsafeDowncast($0, to: Kept.self).copy()
      }
    }
    let cursor = MapCursor(self)
    let container = KeyedDecodingContainer(KeyedReading<Key>(map: cursor))
    boxes.keep(Kept(container, cursor), cursor, ObjectIdentifier(keys), for: boxes.usedCount)
    try cursor.open(at: offset, depth: depth, self)
    return container
  }

  /// The cursor of an unkeyed container for the array at `offset`.
  func array(at offset: Int, depth: Int) throws -> ArrayCursor {
    let type = ObjectIdentifier(ArrayCursor.self)
    let cursor: ArrayCursor
    if let (container, _) = unsafe boxes.take(type, for: boxes.usedCount) {
      cursor = unsafe container._withUnsafeGuaranteedRef {
        unsafe unsafeDowncast($0, to: KeptContainer<ArrayCursor>.self).copy()
      }
    } else {
      cursor = ArrayCursor(self)
      boxes.keep(KeptContainer(cursor), cursor, type, for: boxes.usedCount)
    }
    try cursor.open(at: offset, depth: depth, self)
    return cursor
  }
}
