/// Reads one value from CBOR where it lies.
///
/// One thread at a time uses a reader; it is kept from item to item with what it has allocated and
/// learnt. Outside `begin` and `end` it has no bytes: a decoder that a program kept finds nothing.
@safe
package final class CBORReader {
  let options: CBOROptions
  let userInfo: [CodingUserInfoKey: Any]

  /// The bytes; valid from `begin` to `end`.
  private(set) var base: UnsafeRawPointer
  private(set) var count = 0
  /// Counts the items, so that a decoder kept from an earlier one is recognised.
  private(set) var session: UInt32 = 0

  /// The offset after the data item read last.
  var next = 0
  /// The same for other modules. A variable that they see would cost a look, at each use, whether
  /// another is under way.
  package var endOfLast: Int { next }
  /// A value that was read whole, and where it ends, so that nothing is read twice.
  var wholeStart = -1
  var wholeEnd = 0

  /// For every container around what is being read: the offset of the key, or -1 less the index.
  private var path: UnsafeMutablePointer<Int>
  /// How many containers lie around what is being read.
  var depth = 0
  /// How many values that decode themselves lie around what is being read.
  var level = 0

  let plans = Plans<AnyReadingPlan>()
  let boxes = ContainerBoxes()
  private let nothing: UnsafeMutableRawPointer

  package init(options: CBOROptions) {
    self.options = options
    userInfo = options.userInfo
    unsafe nothing = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    unsafe base = UnsafeRawPointer(nothing)
    unsafe path = UnsafeMutablePointer<Int>.allocate(capacity: options.nestingLimit + 2)
    unsafe path.initialize(repeating: -1, count: options.nestingLimit + 2)
  }

  deinit {
    unsafe nothing.deallocate()
    unsafe path.deallocate()
  }

  /// Begins to read `bytes`, which stay where they are until `end`.
  package func begin(_ bytes: UnsafeRawBufferPointer) {
    unsafe base = bytes.baseAddress ?? UnsafeRawPointer(nothing)
    count = bytes.count
    session &+= 1
    next = 0
    wholeStart = -1
    depth = 0
    level = 0
  }

  package func end() {
    boxes.recycle(from: 0)
    unsafe base = UnsafeRawPointer(nothing)
    count = 0
    session &+= 1
  }

  /// The byte at `offset`, which is below `count`.
  @inline(__always)
  func byte(_ offset: Int) -> UInt8 {
    unsafe base.load(fromByteOffset: offset, as: UInt8.self)
  }

  /// The big-endian number at `offset`, all of whose bytes are there.
  @inline(__always)
  func number<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type, _ offset: Int) -> Value {
    unsafe Value(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  /// The bytes from `offset` on, all of which are there.
  @inline(__always)
  package func slice(_ offset: Int, _ length: Int) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base + offset, count: length)
  }

  /// Notes that the container at depth `level` now reads the entry `key`.
  @inline(__always)
  func note(_ key: Int, at level: Int) {
    unsafe path[level] = key
    depth = level &+ 1
  }

  /// The keys that lead into `depth` containers.
  func codingPath(_ depth: Int) -> [any CodingKey] {
    (0..<depth).map { level in
      let key = unsafe path[level]
      if key < 0 { return CBORKey(intValue: -1 - key) }
      return CBORKey(self, at: key)
    }
  }
}
