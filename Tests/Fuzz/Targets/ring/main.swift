import RingBuffer
import SharedMemory

/// A valid queue with a few items, to which the input does what it likes.
@_cdecl("LLVMFuzzerTestOneInput")
public func ringTarget(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = unsafe Input(data, count)
  let options = input.byte()
  let geometry = Geometry(
    maxItemBytes: options & 1 != 0 ? 64 : 1000, maxItems: options & 2 != 0 ? 20 : 1 << 31,
    maxEndpoints: 8, ringBytes: 1, deadLetterBytes: 1)
  let description = QueueDescription(
    maxDeliveries: options & 4 != 0 ? 1 : 3, isPersistent: options & 8 != 0,
    isAtMostOnce: options & 16 != 0, codec: "raw", schema: "test")
  guard let ring = try? Ring.anonymous(geometry, description) else { return 0 }
  // Positions that are about to go round.
  if options & 32 != 0 { ring.restart(at: Position(units: .max - 40, items: .max - 3)) }
  var play = Play(ring)
  play.run(&input)
  return 0
}
