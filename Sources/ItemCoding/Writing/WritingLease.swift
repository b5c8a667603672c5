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
    typealias Kept = KeptContainer<KeyedEncodingContainer<Key>>
    if let (container, lease) = unsafe boxes.take(ObjectIdentifier(keys), for: frame) {
      unsafe lease._withUnsafeGuaranteedRef {
        unsafe unsafeDowncast($0, to: WritingLease.self).grant(frame, serial)
      }
      return unsafe container._withUnsafeGuaranteedRef {
        unsafe unsafeDowncast($0, to: Kept.self).copy()
      }
    }
    let lease = WritingLease(self)
    lease.grant(frame, serial)
    let container = KeyedEncodingContainer(KeyedWriting<Key>(lease: lease))
    boxes.keep(Kept(container, lease), lease, ObjectIdentifier(keys), for: frame)
    return container
  }
}
