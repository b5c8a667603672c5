public import ItemCoding
public import RingBuffer

/// Buffers for encoding, kept from one put to the next; one thread uses them at a time.
@usableFromInline
final class Workspace {
  @exclusivity(unchecked) @usableFromInline var encoded = EncodingBuffer()
  @exclusivity(unchecked) @usableFromInline var batch = RecordBatch()

  @usableFromInline init() {}
}
