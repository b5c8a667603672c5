/// What a queue's items are, as far as its header says.
struct ItemKind {
  enum Encoding {
    case cbor
    case json
    case scalar(Scalar)
    /// Bytes that only programs that know them can read.
    case opaque
  }

  var encoding: Encoding
  var content: Content

  enum Content {
    /// Text: a line of the shell.
    case text
    /// Bytes, which are shown as they are.
    case bytes
    /// Anything: shown as JSON.
    case value
  }

  init(codec: String, schema: String) {
    content = .value
    switch codec {
    case "cbor":
      encoding = .cbor
      if schema == "String" { content = .text }
      if schema == "Array<UInt8>" || schema == "Data" { content = .bytes }
    case "json":
      encoding = .json
      if schema == "String" { content = .text }
    default:
      if let scalar = Scalar(schema: schema), codec == "raw\(scalar.size)" {
        encoding = .scalar(scalar)
      } else {
        encoding = .opaque
      }
    }
  }

  /// What an item is to look like, or what it looks like on its way in.
  enum Form {
    /// Text and bytes as they are, everything else as JSON.
    case plain
    case json
    /// As the queue has it.
    case raw
  }

  /// What is wrong with an item; nothing of its content.
  struct Problem: Error, CustomStringConvertible {
    var description: String
  }
}

// What the shell puts in.
extension ItemKind {
  /// The bytes of the item that a record of the input stands for. Throws `Problem` or `JSONProblem`.
  func encode(_ record: [UInt8], _ form: Form) throws -> [UInt8] {
    switch (form, encoding, content) {
    case (.raw, _, _): return record
    case (.plain, .cbor, .text):
      try checkUTF8(record)
      return JSONToCBOR.text(record)
    case (.plain, .cbor, .bytes): return JSONToCBOR.byteString(record)
    case (.plain, .json, .text):
      try checkUTF8(record)
      var json = JSONWriter()
      json.append(string: record)
      return json.bytes
    case (_, .scalar(let scalar), _):
      guard let bytes = scalar.bytes(String(decoding: record, as: UTF8.self)) else {
        throw Problem(description: "not \(scalar.accepted)")
      }
      return bytes
    case (_, .opaque, _):
      throw Problem(description: "iq cannot write this queue's encoding; use --raw")
    case (_, .cbor, .bytes):
      throw Problem(description: "the items are bytes, which JSON has not; leave --json out")
    case (_, .cbor, let content):
      if content == .text { try checkString(record) }
      return try JSONToCBOR.cbor(record)
    case (_, .json, let content):
      if content == .text { try checkString(record) }
      return try JSONParser.parse(record, into: CompactJSON()).bytes
    }
  }

  private func checkUTF8(_ record: [UInt8]) throws {
    guard unsafe record.withUnsafeBytes({ unsafe CBORToJSON.isUTF8($0) }) else {
      throw Problem(
        description: "not UTF-8, which text must be; `iq create --items bytes` makes a queue "
          + "for any bytes")
    }
  }

  private func checkString(_ json: [UInt8]) throws {
    if try JSONParser.parse(json, into: JSONString()).text == nil {
      throw Problem(description: "not a string, which the queue's items are")
    }
  }
}

// What the shell gets out.
extension ItemKind {
  /// How an item is shown. Throws `DecodingError`, `JSONProblem` or `Problem` if it is not what the
  /// header says.
  func show(_ item: UnsafeRawBufferPointer, _ form: Form) throws -> [UInt8] {
    if form == .raw { return unsafe Array(item) }
    switch encoding {
    case .cbor:
      if form == .plain, let text = unsafe Self.plainString(item, content) { return text }
      return try unsafe CBORToJSON.json(item)
    case .json:
      let json = unsafe Array(item)
      if form == .plain, content == .text,
        let text = try JSONParser.parse(json, into: JSONString()).text
      {
        return text
      }
      return try JSONParser.parse(json, into: CompactJSON()).bytes
    case .scalar(let scalar):
      guard item.count == scalar.size else {
        throw Problem(description: "expected \(scalar.size) bytes, found \(item.count)")
      }
      return Array(unsafe scalar.json(item).utf8)
    case .opaque:
      var json = JSONWriter()
      json.append(string: unsafe ByteText.base64.write(Array(item)))
      return json.bytes
    }
  }

  /// The content of a text or byte string of definite length that is all of the item; nil if it is
  /// something else.
  private static func plainString(
    _ item: UnsafeRawBufferPointer, _ content: Content
  ) -> [UInt8]? {
    guard content != .value, let first = unsafe item.first,
      first >> 5 == (content == .text ? 3 : 2), first & 31 <= 27
    else { return nil }
    let size = first & 31 < 24 ? 0 : 1 << Int(first & 31 - 24)
    guard item.count > size else { return nil }
    let length =
      size == 0 ? Int(first & 31) : unsafe item[1...size].reduce(0) { $0 << 8 | Int($1) }
    guard item.count - 1 - size == length else { return nil }
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: item[(1 + size)...])
    if content == .text, unsafe !CBORToJSON.isUTF8(bytes) { return nil }
    return unsafe Array(bytes)
  }
}
