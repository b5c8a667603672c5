internal import SharedMemory

/// Items that a consumer holds in an in-flight buffer.
public struct Delivery: Hashable, Sendable {
  /// The in-flight buffer's index.
  public let buffer: Int
  /// The buffer's mark as this consumer last stored it.
  var mark: Mark
  /// How often the items behind the delivered ones were delivered before. An adopted buffer's come
  /// one by one, so that an item that kills its consumers does not take its neighbours along.
  var restAttempts: Int
  /// How many items from the mark's cursor on are in the user's hands.
  public internal(set) var delivered: Int

  /// How often the delivered items have been delivered, this time included.
  public var attempt: Int { mark.attempts }

  /// The same with only the first `count` items in the user's hands.
  public func cut(to count: Int) -> Delivery {
    var delivery = self
    delivery.delivered = count
    return delivery
  }
}

extension Ring {
  /// The bytes of an item of a delivery. `offset` is where its record lies in the buffer, and is
  /// moved past it.
  ///
  /// Throws nothing and reads nothing outside the buffer: a damaged header gives nil.
  @inline(__always)
  func payload(in buffer: Int, at offset: inout Int) -> UnsafeRawBufferPointer? {
    guard offset + Record.headerBytes <= geometry.inFlightBytes else { return nil }
    let at = unsafe bufferAddress(buffer) + offset
    let header = unsafe SharedWord(at: at).loadRelaxed()
    guard let length = Record.length(header, limit: geometry.maxItemBytes),
      offset + Record.size(length) <= geometry.inFlightBytes
    else { return nil }
    offset += Record.size(length)
    return unsafe UnsafeRawBufferPointer(start: at + Record.headerBytes, count: length)
  }

  /// Where the record with index `index` lies in the buffer, or nil if one before it is damaged.
  func offset(of index: Int, in buffer: Int) -> Int? {
    var offset = 0
    for _ in 0..<index {
      guard unsafe payload(in: buffer, at: &offset) != nil else { return nil }
    }
    return offset
  }

  /// Gives the delivered items' bytes to `body`, in order, until it returns false.
  ///
  /// The bytes stay as they are until the delivery is acknowledged or rejected. Returns false if a
  /// record is damaged.
  @inline(__always)
  public func forEachItem(
    of delivery: Delivery, _ body: (UnsafeRawBufferPointer) -> Bool
  ) -> Bool {
    guard
      var offset = delivery.mark.cursor == 0
        ? 0 : offset(of: delivery.mark.cursor, in: delivery.buffer)
    else { return false }
    for _ in 0..<delivery.delivered {
      guard let payload = unsafe payload(in: delivery.buffer, at: &offset) else { return false }
      if unsafe !body(payload) { break }
    }
    return true
  }
}
