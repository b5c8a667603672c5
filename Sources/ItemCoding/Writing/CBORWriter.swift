/// Writes one value as CBOR at the end of a buffer.
///
/// One thread at a time uses a writer; it is kept from item to item with all that it has allocated
/// and learnt, so that in steady state writing allocates nothing.
@safe
final class CBORWriter {
  let options: CBOROptions
  let userInfo: [CodingUserInfoKey: Any]

  private(set) var base: UnsafeMutableRawPointer
  private var capacity: Int
  /// How many bytes are written.
  var count = 0

  /// The frames of the values that are being written, outermost first.
  private(set) var frames: UnsafeMutablePointer<WritingFrame>
  private var frameCapacity = 16
  var frameCount = 0
  /// The frame that the end of the buffer belongs to, or -1.
  var top = -1
  var serial = 0
  /// Bytes put aside while a sealed frame before them is open again; innermost last.
  var tails: [Tail] = []
  /// The frame of the last of them, or -1.
  var innermostTail = -1
  /// What went wrong where nothing could be thrown.
  var failure: (any Error)?

  let plans = Plans<AnyWritingPlan>()
  /// Sequences of keys, by their hash, that are known to have no key twice.
  var distinctKeys: [UInt64] = Array(repeating: 0, count: 64)
  let boxes = ContainerBoxes()

  struct Tail {
    var frame: Int
    var start: Int
    var bytes: [UInt8]
  }

  init(options: CBOROptions) {
    self.options = options
    userInfo = options.userInfo
    capacity = 16
    unsafe base = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    unsafe frames = UnsafeMutablePointer<WritingFrame>.allocate(capacity: 16)
    // The item is the single value of a frame that stays.
    push(
      WritingFrame(
        kind: .single, depth: 0, level: 0, parent: -1, serial: 0, header: 0, keyInParent: -1))
  }

  deinit {
    unsafe base.deallocate()
    unsafe frames.deallocate()
  }

  /// Takes over the storage of `buffer`, and gives its own; called again, undoes that.
  func exchange(with buffer: inout EncodingBuffer) {
    let storage = unsafe UnsafeMutableRawBufferPointer(start: base, count: capacity)
    unsafe base = buffer.storage.baseAddress!
    capacity = buffer.capacity
    unsafe buffer.storage = storage
    swap(&count, &buffer.count)
  }

  @inline(__always)
  func reserve(_ additional: Int) {
    if additional > capacity &- count { grow(additional) }
  }

  @inline(never)
  private func grow(_ additional: Int) {
    let size = max(count + additional, 2 * capacity)
    let grown = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    unsafe grown.copyMemory(from: base, byteCount: count)
    unsafe base.deallocate()
    unsafe base = grown
    capacity = size
  }

  /// Adds a frame inside `parent`, and makes it the top.
  func push(_ frame: WritingFrame) {
    if frameCount == frameCapacity {
      let grown = UnsafeMutablePointer<WritingFrame>.allocate(capacity: 2 * frameCapacity)
      unsafe grown.initialize(from: frames, count: frameCount)
      unsafe frames.deallocate()
      unsafe frames = grown
      frameCapacity *= 2
    }
    unsafe (frames + frameCount).initialize(to: frame)
    top = frameCount
    frameCount += 1
  }

  @inline(__always)
  subscript(frame: Int) -> WritingFrame {
    unsafeAddress { unsafe UnsafePointer(frames + frame) }
    unsafeMutableAddress { unsafe frames + frame }
  }
}
