extension CBORWriter {
  /// Begins an entry of the map `frame`, which is the top; the value is to follow.
  @inline(__always)
  func beginEntry(of frame: Int, _ key: String) {
    self[frame].key = count
    self[frame].count &+= 1
    unsafe key.withBytes { bytes in
      unsafe writeUTF8(bytes)
      unsafe noteKey(bytes, in: frame)
    }
  }

  /// Takes back the entry that began at `start`, whose value threw.
  @inline(never)
  func undoEntry(of frame: Int, from start: Int) {
    undo(in: frame, from: start)
    if failure == nil { self[frame].count -= 1 }
  }

  /// A slot for a value that the program encodes by itself, now or later in its `encode(to:)`.
  func nested(in frame: Int, _ begin: () throws -> Void) -> ValueWriting {
    do {
      try begin()
      let slot = try pushSlot(in: frame)
      return ValueWriting(writer: self, frame: slot, serial: self[slot].serial)
    } catch {
      fail(error)
      return ValueWriting(writer: self, frame: Int.max, serial: 0)
    }
  }
}

extension ValueWriting {
  /// An encoder that throws whatever is encoded.
  static func refused() -> ValueWriting {
    let writer = CBORWriter(options: CBOROptions())
    writer.fail(writer.lateError())
    return ValueWriting(writer: writer, frame: Int.max, serial: 0)
  }
}
