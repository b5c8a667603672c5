/// A container that is being read: where it is, and what is left of it.
@safe
class ReadingCursor: ContainerLease {
  /// The reader outlives every cursor that is in use: `revoke` is called before it goes.
  private let owner: Unmanaged<CBORReader>
  fileprivate(set) var isInUse = false
  /// The offset of the value.
  fileprivate(set) var start = 0
  /// How many containers lie around this one.
  fileprivate(set) var depth = 0
  /// The offset of the first entry.
  fileprivate(set) var first = 0
  /// The number of entries, or -1 as long as it is not known.
  fileprivate(set) var count = 0
  fileprivate(set) var isIndefinite = false
  /// The offset of the next entry.
  var cursor = 0
  /// How many entries lie before `cursor`.
  var index = 0
  /// A value that was handed out and whose end is not known yet, or -1.
  var unresolved = -1

  init(_ owner: CBORReader) { unsafe self.owner = .passUnretained(owner) }

  override func revoke() { isInUse = false }

  /// The reader, if the value that this was made for is still being decoded.
  @inline(__always)
  final func reader() throws -> CBORReader {
    guard isInUse else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: [],
          debugDescription: "a container was used after the item it was made for"))
    }
    return unsafe owner.takeUnretainedValue()
  }

  /// As `reader`, without a reference counted.
  @inline(__always)
  final func withReader<Result>(_ body: (CBORReader) throws -> Result) throws -> Result {
    guard isInUse else { return try body(reader()) }
    return try unsafe owner._withUnsafeGuaranteedRef(body)
  }

  var codingPath: [any CodingKey] {
    guard let reader = try? reader() else { return [] }
    return reader.codingPath(depth)
  }

  /// Opens the array or map (`major`) at `offset`.
  final func open(
    _ major: UInt8, _ type: Any.Type, at offset: Int, depth: Int, _ reader: CBORReader
  ) throws {
    reader.depth = depth
    let head = try reader.valueHead(offset)
    guard head.major == major else { throw reader.mismatch(type, at: offset) }
    guard depth < reader.options.nestingLimit else { throw reader.nestingError(at: offset) }
    isIndefinite = head.isIndefinite
    count =
      isIndefinite ? -1 : try reader.entries(head, at: offset, bytesEach: major == 5 ? 2 : 1)
    start = offset
    self.depth = depth
    first = head.next
    cursor = head.next
    index = 0
    unresolved = -1
    isInUse = true
    reset()
    if isAtEnd(reader) { completed(reader) }
  }

  func reset() {}

  /// Whether no entry is left; of an indefinite container, the count is known from then on.
  @inline(__always)
  final func isAtEnd(_ reader: CBORReader) -> Bool {
    if index == count { return true }
    if isIndefinite, count < 0, reader.isBreak(cursor) {
      count = index
      return true
    }
    return false
  }

  /// The end of the container is known: every entry was read.
  @inline(__always)
  final func completed(_ reader: CBORReader) {
    reader.wholeStart = start
    reader.wholeEnd = cursor &+ (isIndefinite ? 1 : 0)
  }

  /// Goes past a value that decoded itself, as far as it got.
  @inline(__always)
  final func resolve(_ reader: CBORReader) throws {
    if unresolved >= 0 { try passUnresolved(reader) }
  }

  @inline(never)
  private func passUnresolved(_ reader: CBORReader) throws {
    let value = unresolved
    reader.depth = depth + 1
    advance(reader, to: try reader.end(of: value))
  }

  /// The entry was read; the next begins at `offset`.
  @inline(__always)
  final func advance(_ reader: CBORReader, to offset: Int) {
    unresolved = -1
    cursor = offset
    index &+= 1
    if isAtEnd(reader) { atEnd(reader) }
  }

  func atEnd(_ reader: CBORReader) { completed(reader) }

  /// Goes to the end, past what the program did not read.
  override func finish() throws {
    // One that was asked for, where there was none to open.
    guard isInUse else { return }
    let reader = try reader()
    try resolve(reader)
    while !isAtEnd(reader) { advance(reader, to: try reader.skip(cursor)) }
  }
}

extension CBORReader {
  /// The offset after the value at `offset`.
  @inline(__always)
  func end(of offset: Int) throws -> Int {
    wholeStart == offset ? wholeEnd : try skip(offset)
  }

  /// The value at `offset` is read, up to `next`.
  @inline(__always)
  func readWhole(_ offset: Int) {
    wholeStart = offset
    wholeEnd = next
  }
}
