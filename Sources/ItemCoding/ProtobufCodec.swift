#if SwiftProtobuf
  public import SwiftProtobuf

  /// Carries messages of Protocol Buffers in their binary form.
  ///
  /// It is there with the package trait `SwiftProtobuf`.
  public struct ProtobufCodec<Item: Message>: ItemCodec {
    private let options: BinaryDecodingOptions

    /// Makes a codec that reads with `options`.
    public init(options: BinaryDecodingOptions = BinaryDecodingOptions()) {
      self.options = options
    }

    public var name: String { "protobuf" }

    /// Appends `item`; throws `BinaryEncodingError` if a required field is missing.
    public func encode(_ item: Item, into buffer: inout EncodingBuffer) throws {
      let bytes: [UInt8] = try item.serializedBytes()
      unsafe bytes.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) }
    }

    /// The message that `bytes`, all of them, encode; throws `BinaryDecodingError` if they are none.
    public func decode(_ bytes: RawSpan) throws -> Item {
      let copy = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
      return try Item(serializedBytes: copy, options: options)
    }
  }

  extension ItemCodec {
    /// The binary form of Protocol Buffers.
    public static func protobuf<Item: Message>() -> ProtobufCodec<Item>
    where Self == ProtobufCodec<Item> {
      ProtobufCodec()
    }
  }
#endif
