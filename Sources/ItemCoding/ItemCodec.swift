/// Turns items into bytes and back.
///
/// `encode` appends exactly one item to a growing buffer; `decode` reads it from a span over the
/// bytes where they lie. A codec is used by many threads at once.
public protocol ItemCodec<Item>: Sendable {
  associatedtype Item

  /// Names the encoding in the queue's header, so that two programs find out when they disagree.
  var name: String { get }

  /// Appends the encoded form of `item` to `buffer`.
  func encode(_ item: Item, into buffer: inout EncodingBuffer) throws

  /// The item that `bytes`, all of them, encode.
  func decode(_ bytes: RawSpan) throws -> Item
}
