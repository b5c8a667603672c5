/// What a keyed container of a program refers to: the map that it writes, as long as it may.
final class WritingLease {
  /// The writer outlives every lease that has a frame: leases lose theirs in `recycle` and in the
  /// writer's `deinit`.
  private unowned(unsafe) let writer: CBORWriter
  private(set) var frame = -1
  private(set) var serial = 0

  init(_ writer: CBORWriter) { unsafe self.writer = writer }

  func grant(_ frame: Int, _ serial: Int) {
    self.frame = frame
    self.serial = serial
  }

  func revoke() { frame = -1 }

  /// The writer, standing at the end of the map.
  @inline(__always)
  func entered() throws -> CBORWriter {
    guard frame >= 0 else {
      throw EncodingError.invalidValue(
        (),
        .init(
          codingPath: [],
          debugDescription: "a container was used after the value it was made for"))
    }
    let writer = unsafe self.writer
    try writer.enter(frame, serial)
    return writer
  }

  var writerIfValid: CBORWriter? {
    guard frame >= 0 else { return nil }
    return unsafe writer
  }
}

/// A keyed container with its box, kept for the next value with the same keys.
class KeptContainer {
  let lease: WritingLease
  init(_ lease: WritingLease) { self.lease = lease }
  /// Nobody but this object refers to the container.
  func isUnused() -> Bool { false }
  var home: ContainerShelf?
}

final class KeptKeyedContainer<Key: CodingKey>: KeptContainer {
  private(set) var container: KeyedEncodingContainer<Key>

  init(_ writer: CBORWriter) {
    let lease = WritingLease(writer)
    container = KeyedEncodingContainer(KeyedWriting<Key>(lease: lease))
    super.init(lease)
  }

  override func isUnused() -> Bool { isUniquelyBoxed(&container) }
}

/// The unused containers of one type of key.
final class ContainerShelf {
  let keyType: ObjectIdentifier
  var kept: [KeptContainer] = []
  init(_ keyType: ObjectIdentifier) { self.keyType = keyType }
}

/// The keyed containers of a writer.
///
/// `KeyedEncodingContainer` allocates a box for each. The boxes are kept by type of key and used
/// again once their program's copies are gone, so a value in steady state costs none.
final class WritingLeases {
  private var shelves: [ObjectIdentifier: ContainerShelf] = [:]
  private var lastShelf: ContainerShelf?
  private var used: [KeptContainer] = []

  func container<Key: CodingKey>(
    _ keys: Key.Type, of writer: CBORWriter, _ frame: Int, _ serial: Int
  ) -> KeyedEncodingContainer<Key> {
    let shelf = shelf(for: ObjectIdentifier(keys))
    let kept: KeptKeyedContainer<Key>
    if let last = shelf.kept.popLast() {
      kept = unsafe unsafeDowncast(last, to: KeptKeyedContainer<Key>.self)
    } else {
      kept = KeptKeyedContainer(writer)
      kept.home = shelf
    }
    kept.lease.grant(frame, serial)
    used.append(kept)
    return kept.container
  }

  private func shelf(for keys: ObjectIdentifier) -> ContainerShelf {
    if let lastShelf, lastShelf.keyType == keys { return lastShelf }
    let shelf: ContainerShelf
    if let known = shelves[keys] {
      shelf = known
    } else {
      shelf = ContainerShelf(keys)
      shelves[keys] = shelf
    }
    lastShelf = shelf
    return shelf
  }

  /// Takes back the containers of `frame` and all frames after it.
  func recycle(from frame: Int) {
    while let last = used.last, last.lease.frame >= frame {
      used.removeLast()
      last.lease.revoke()
      // One that the program still holds is left to it, and says so when used.
      if last.isUnused() { last.home?.kept.append(last) }
    }
  }

  func removeAll() {
    for container in used { container.lease.revoke() }
    used.removeAll()
    shelves.removeAll()
    lastShelf = nil
  }
}
