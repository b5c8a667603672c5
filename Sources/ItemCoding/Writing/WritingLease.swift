/// The map that a keyed container of a program writes.
@safe
final class WritingLease: ContainerLease {
  /// The writer outlives every lease that is not revoked.
  private let writer: Unmanaged<CBORWriter>
  private(set) var frame = -1
  private(set) var serial = 0

  init(_ writer: CBORWriter) { unsafe self.writer = .passUnretained(writer) }

  @inline(__always)
  func grant(_ frame: Int, _ serial: Int) {
    self.frame = frame
    self.serial = serial
  }

  override func revoke() { frame = -1 }

  /// Calls `body` with the writer, standing at the end of the map; no reference is counted.
  @inline(__always)
  func enter(_ body: (CBORWriter) throws -> Void) throws {
    guard frame >= 0 else { throw Self.revokedError }
    try unsafe writer._withUnsafeGuaranteedRef { writer in
      try writer.enter(frame, serial)
      try body(writer)
    }
  }

  var writerIfValid: CBORWriter? {
    guard frame >= 0 else { return nil }
    return unsafe writer.takeUnretainedValue()
  }

  private static var revokedError: EncodingError {
    EncodingError.invalidValue(
      (),
      .init(
        codingPath: [], debugDescription: "a container was used after the value it was made for"))
  }
}

extension CBORWriter {
  /// A keyed container for `frame`, which is a map.
  func container<Key: CodingKey>(
    _ keys: Key.Type, _ frame: Int, _ serial: Int
  ) -> KeyedEncodingContainer<Key> {
    if MemoryLayout<KeyedEncodingContainer<Key>>.size == MemoryLayout<AnyObject>.size {
      if let (box, lease) = boxes.take(ObjectIdentifier(keys), for: frame) {
        unsafe unsafeDowncast(lease, to: WritingLease.self).grant(frame, serial)
        // A keyed container is one reference to its box; what came from one goes back into one.
        return unsafe unsafeBitCast(box, to: KeyedEncodingContainer<Key>.self)
      }
    }
    let lease = WritingLease(self)
    lease.grant(frame, serial)
    let container = KeyedEncodingContainer(KeyedWriting<Key>(lease: lease))
    if MemoryLayout<KeyedEncodingContainer<Key>>.size == MemoryLayout<AnyObject>.size {
      let box = unsafe unsafeBitCast(container, to: AnyObject.self)
      boxes.keep(box, lease, ObjectIdentifier(keys), for: frame)
    } else {
      boxes.keep(lease, lease, ContainerBoxes.once, for: frame)
    }
    return container
  }
}
