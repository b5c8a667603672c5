/// A key of a coding path: a text, or an index.
struct CBORKey: CodingKey, CustomStringConvertible {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = "\(intValue)"
    self.intValue = intValue
  }

  /// The key that lies at `offset`, as far as it can be shown.
  init(_ reader: CBORReader, at offset: Int) {
    let (next, depth) = (reader.next, reader.depth)
    // What is wrong with the key is not told with a path of its own.
    reader.depth = 0
    defer { (reader.next, reader.depth) = (next, depth) }
    switch try? reader.valueHead(offset).major {
    case 3: self.init(stringValue: (try? reader.text(at: offset)) ?? "?")
    case 0, 1:
      if let number = try? reader.wholeNumber(at: offset),
        let value = Int(exactly: number.magnitude)
      {
        self.init(intValue: number.isNegative ? ~value : value)
      } else {
        self.init(stringValue: "?")
      }
    default: self.init(stringValue: "?")
    }
  }

  static let `super` = CBORKey(stringValue: "super")

  var description: String { intValue.map { "\($0)" } ?? stringValue }
}
