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

  /// The key that is encoded at `offset`, as far as it can be shown.
  init(readingFrom bytes: UnsafeRawBufferPointer, at offset: Int) {
    let reader = CBORReader(options: CBOROptions())
    unsafe reader.begin(bytes)
    defer { reader.end() }
    if let text = try? reader.text(at: offset) {
      self.init(stringValue: text)
    } else if let number = try? reader.integer(Int.self, at: offset) {
      self.init(intValue: number)
    } else {
      self.init(stringValue: "?")
    }
  }

  static let `super` = CBORKey(stringValue: "super")

  var description: String { intValue.map { "\($0)" } ?? stringValue }
}
