public import ItemCoding
public import RingBuffer

/// Buffers for encoding, kept from one put to the next.
@usableFromInline
final class Workspace {
  @usableFromInline var encoded = EncodingBuffer()
  @usableFromInline var batch = RecordBatch()

  @usableFromInline init() {}
}
