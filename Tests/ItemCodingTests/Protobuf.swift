#if SwiftProtobuf
  import ItemCoding
  import SwiftProtobuf
  import Testing

  @Test func `a protobuf message comes back equal`() throws {
    var item = Google_Protobuf_Struct()
    item.fields["a"] = Google_Protobuf_Value(numberValue: 0.5)
    item.fields["b"] = Google_Protobuf_Value(stringValue: "x")
    let carrier = Carrier<Google_Protobuf_Struct>(codec: .protobuf())
    #expect(try carrier.carry(item) == item)
    #expect(carrier.name == "protobuf")
  }

  @Test func `bytes that are no message are refused`() throws {
    let bytes: [UInt8] = [0x0a, 0x05, 0x01]
    #expect(throws: (any Error).self) {
      try unsafe ProtobufCodec<Google_Protobuf_Struct>().decode(bytes.span.bytes)
    }
  }
#endif
