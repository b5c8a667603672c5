import CIterableQueue
import Glibc
import RingBuffer
import SharedMemory

private let mostBytes = 16 << 20

/// Any bytes as a segment. If they are a queue, it is used as well, with locks of its own: the
/// bytes of a lock are nobody's to write.
@_cdecl("LLVMFuzzerTestOneInput")
public func attachTarget(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let (ring, steps) = unsafe attach(data, count) else { return 0 }
  // The limit of what a run may use, not of what may be attached.
  if ring.segment.fileBytes > mostBytes { return 0 }
  guard (try? ring.initialize()) != nil else { return 0 }
  var play = Play(ring)
  var left = steps
  play.run(&left)
  return 0
}

/// The queue that the input is, if it is one, and what is to be done with it.
func attach(_ data: UnsafePointer<UInt8>?, _ count: Int) -> (ring: Ring, steps: Input)? {
  var input = unsafe Input(data, count)
  let options = input.byte()
  let pages = input.half()
  let steps = Input(steps: (0..<24).map { _ in input.byte() })
  let segment = input.rest()
  let file = unsafe ciq_segment_anonymous("fuzz", 0)
  if file < 0 { return nil }
  var stated = 0
  unsafe segment.withUnsafeBytes {
    unsafe write(file, $0)
    if $0.count >= 24 {
      stated = unsafe Int(truncatingIfNeeded: $0.load(fromByteOffset: 16, as: UInt64.self))
    }
  }
  // Mostly as long as it says, or nothing behind that check would ever be seen.
  let length = options & 1 != 0 ? pages * 4096 : stated
  if length >= segment.count, length <= mostBytes { ftruncate(file, off_t(length)) }
  if options & 2 == 0 { claimNamespaces(file) }
  guard let ring = try? Ring.attach(owning: file, codec: "raw", schema: "test") else { return nil }
  return (ring, steps)
}

private func write(_ file: CInt, _ bytes: UnsafeRawBufferPointer) {
  _ = unsafe pwrite(file, bytes.baseAddress, bytes.count, 0)
}

/// Puts the namespaces of this process, which no stored input can know, where the header has them.
private func claimNamespaces(_ file: CInt) {
  let here = Namespaces.current
  let words = [here.pid, here.time]
  let offset = MemoryLayout<ciq_header>.offset(of: \.pid_namespace) ?? 0
  var info = stat()
  guard unsafe fstat(file, &info) == 0, Int(info.st_size) >= offset + 16 else { return }
  unsafe words.withUnsafeBytes { _ = unsafe pwrite(file, $0.baseAddress, $0.count, off_t(offset)) }
}
