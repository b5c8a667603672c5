extension CBORWriter {
  /// Adds an empty slot inside `parent`.
  func pushSlot(in parent: Int) throws -> Int {
    if let failure { throw failure }
    let level = self[parent].level + 1
    // Values that hold values without being a container, endlessly, are not CBOR nesting.
    guard level <= 4 * options.nestingLimit + 16 else { throw nestingError(at: parent) }
    serial += 1
    push(
      WritingFrame(
        kind: .slot, depth: self[parent].depth, level: level, parent: parent, serial: serial,
        header: count, keyInParent: self[parent].key))
    return frameCount - 1
  }

  /// Turns the slot `frame`, which is the top, into a map or an array whose count is not known:
  /// one byte is kept free for the header.
  func open(_ frame: Int, as kind: WritingFrame.Kind) {
    self[frame].kind = kind
    self[frame].headerSize = 1
    self[frame].depth += 1
    if self[frame].depth > options.nestingLimit {
      fail(nestingError(at: self[frame].parent))
    }
    writeByte(0)
  }

  /// Turns the slot into a map or an array of `count` entries.
  func open(_ frame: Int, _ major: UInt8, counted count: Int) throws {
    self[frame].kind = .counted
    self[frame].depth += 1
    guard self[frame].depth <= options.nestingLimit else {
      throw nestingError(at: self[frame].parent)
    }
    writeHead(major, UInt64(count))
  }

  /// Remembers the first error where none can be thrown; the next call that can throws it.
  func fail(_ error: any Error) {
    if failure == nil { failure = error }
  }

  /// Makes `frame` the top, whatever was written in between.
  @inline(__always)
  func enter(_ frame: Int, _ serial: Int) throws {
    if frame == top, self[frame].serial == serial { return }
    try enterAnother(frame, serial)
  }

  @inline(never)
  private func enterAnother(_ frame: Int, _ serial: Int) throws {
    if let failure { throw failure }
    guard frame < frameCount, self[frame].serial == serial else { throw lateError() }
    resume(frame)
  }

  private func resume(_ frame: Int) {
    if self[frame].isSealed { reopen(frame) }
    while top != frame { sealTop() }
  }

  /// Opens a sealed frame again: the bytes after it are put aside until it is sealed anew.
  private func reopen(_ frame: Int) {
    let parent = self[frame].parent
    resume(parent)
    let end = self[frame].end
    if end < count {
      tails.append(Tail(frame: frame, start: end, bytes: cut(from: end)))
      innermostTail = frame
      for other in 0..<frameCount
      where self[other].isSealed && self[other].asideFor < 0 && self[other].header >= end {
        self[other].asideFor = Int32(frame)
      }
    }
    self[frame].isSealed = false
    if self[frame].kind == .slot {
      // Takes back the empty map that stood for nothing.
      count -= 1
    }
    top = frame
  }

  /// Writes the header of the top frame, and goes back to the frame around it.
  func sealTop() {
    let frame = top
    switch self[frame].kind {
    case .slot: writeByte(Major.map)
    case .single, .counted: break
    case .map:
      if self[frame].mayRepeatKeys { dropRepeatedKeys(of: frame) }
      writeCount(of: frame, Major.map)
    case .array: writeCount(of: frame, Major.array)
    }
    self[frame].isSealed = true
    self[frame].end = count
    top = self[frame].parent
    if frame == innermostTail { putBack(tails.removeLast()) }
  }

  @inline(__always)
  private func writeCount(of frame: Int, _ major: UInt8) {
    let entries = self[frame].count
    let header = self[frame].header
    if entries < 24 {
      unsafe base.storeBytes(of: major | UInt8(entries), toByteOffset: header, as: UInt8.self)
    } else {
      writeLargeCount(of: frame, major)
    }
  }

  private func writeLargeCount(of frame: Int, _ major: UInt8) {
    let entries = self[frame].count
    let header = self[frame].header
    let size = entries <= 0xff ? 2 : entries <= 0xffff ? 3 : entries <= 0xffff_ffff ? 5 : 9
    let growth = size - Int(self[frame].headerSize)
    if growth > 0 {
      openGap(at: header + Int(self[frame].headerSize), size: growth)
      self[frame].headerSize = UInt8(size)
      for other in 0..<frameCount where self[other].header > header && self[other].asideFor < 0 {
        shift(other, by: growth)
      }
    }
    let end = count
    count = header
    writeHead(major, UInt64(entries))
    count = end
  }

  private func putBack(_ tail: Tail) {
    innermostTail = tails.last?.frame ?? -1
    let growth = count - tail.start
    unsafe tail.bytes.withUnsafeBytes { unsafe writeRaw($0) }
    for other in 0..<frameCount where self[other].asideFor == Int32(tail.frame) {
      self[other].asideFor = -1
      shift(other, by: growth)
    }
  }

  func shift(_ frame: Int, by growth: Int) {
    self[frame].header += growth
    self[frame].end += growth
  }

  /// Ends the value of `frame` and all that lies in it; its containers cannot be used any more.
  @inline(__always)
  func close(_ frame: Int) {
    while top >= frame { sealTop() }
    forget(from: frame)
  }

  @inline(__always)
  private func forget(from frame: Int) {
    boxes.recycle(from: frame)
    while frameCount > frame {
      frameCount &-= 1
      self[frameCount].serial = 0
    }
  }

  /// Takes back the entry of `parent` that began at `start`, whose value threw.
  func undo(in parent: Int, from start: Int) {
    let firstInside = parent + 1
    // A value that wrote to a container around itself cannot be taken back.
    if self[parent].isSealed || count < start
      || tails.contains(where: { $0.frame > parent && $0.start < start })
    {
      fail(lateError())
      return
    }
    var chain = top
    while chain > parent { chain = self[chain].parent }
    guard chain == parent else {
      fail(lateError())
      return
    }
    tails.removeAll { $0.start >= start && $0.frame > parent }
    innermostTail = tails.last?.frame ?? -1
    top = parent
    count = start
    var first = frameCount
    while first > firstInside, self[first - 1].asideFor < 0, self[first - 1].header >= start {
      first -= 1
    }
    forget(from: first)
  }

  /// Forgets everything, after an error or at the end.
  func reset() {
    forget(from: 1)
    top = 0
    self[0].key = -1
    if innermostTail >= 0 { tails.removeAll() }
    innermostTail = -1
    failure = nil
  }
}
