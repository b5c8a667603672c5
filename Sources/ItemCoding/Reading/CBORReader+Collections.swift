extension CBORReader {
  /// The head of the array or map at `offset`, `depth` levels deep.
  private func containerHead(
    _ major: UInt8, _ type: Any.Type, at offset: Int, depth: Int
  ) throws -> Head {
    self.depth = depth
    let head = try valueHead(offset)
    guard head.major == major else { throw mismatch(type, at: offset) }
    guard depth < options.nestingLimit else { throw nestingError(at: offset) }
    return head
  }

  /// Room to begin with for `count` values: no more than a few times what is there to be read.
  private func room<Value>(for count: Int, of type: Value.Type, from offset: Int) -> Int {
    min(count, max(16, 16 * (self.count - offset) / max(1, MemoryLayout<Value>.stride)))
  }

  /// The array at `offset`, each of whose elements `read` reads.
  @inline(__always)
  func elements<Element>(
    at offset: Int, depth: Int, _ read: (CBORReader, Int) throws -> Element
  ) throws -> [Element] {
    let head = try containerHead(4, [Element].self, at: offset, depth: depth)
    var result: [Element] = []
    next = head.next
    if head.isIndefinite {
      while !isBreak(next) {
        note(-1 - result.count, at: depth)
        result.append(try read(self, next))
      }
      next += 1
    } else {
      let count = try entries(head, at: offset, bytesEach: 1)
      result.reserveCapacity(room(for: count, of: Element.self, from: next))
      for index in 0..<count {
        note(-1 - index, at: depth)
        result.append(try read(self, next))
      }
    }
    self.depth = depth
    return result
  }

  /// The map at `offset`; a key that lies there twice is an error (RFC 8949, section 5.6).
  @inline(__always)
  func entries<Key: Hashable, Value>(
    at offset: Int, depth: Int, _ key: (CBORReader, Int) throws -> Key,
    value: (CBORReader, Int) throws -> Value
  ) throws -> [Key: Value] {
    let head = try containerHead(5, [Key: Value].self, at: offset, depth: depth)
    var result: [Key: Value] = [:]
    next = head.next
    func readEntry() throws {
      let place = next
      note(place, at: depth)
      let key = try key(self, place)
      note(place, at: depth)
      guard result.updateValue(try value(self, next), forKey: key) == nil else {
        throw corrupted("a second key", at: place)
      }
    }
    if head.isIndefinite {
      while !isBreak(next) { try readEntry() }
      next += 1
    } else {
      let count = try entries(head, at: offset, bytesEach: 2)
      result.reserveCapacity(room(for: count, of: (Key, Value).self, from: next))
      for _ in 0..<count { try readEntry() }
    }
    self.depth = depth
    return result
  }
}
