/// Where the entries of a map lie, by key.
struct MapPlaces {
  struct Place {
    var cursor: Int
    var index: Int
    var value: Int
  }

  /// By the bytes of the text: texts that only look the same are different keys.
  private var texts: [[UInt8]: Place] = [:]
  private var numbers: [Int: Place] = [:]

  /// Finds all keys of the map whose first entry is at `first`, and which has `count` entries, or
  /// ends with a break if that is -1. A key that lies there twice is an error.
  init(from first: Int, count: Int, _ reader: CBORReader) throws {
    var cursor = first
    var index = 0
    while index != count, count >= 0 || !reader.isBreak(cursor) {
      let value = try reader.skip(cursor)
      let place = Place(cursor: cursor, index: index, value: value)
      var earlier: Place?
      switch try reader.valueHead(cursor).major {
      case 3: earlier = texts.updateValue(place, forKey: Array(try reader.text(at: cursor).utf8))
      case 0, 1:
        // A number beyond `Int` is no coding key's.
        if let number = try? reader.integer(Int.self, at: cursor) {
          earlier = numbers.updateValue(place, forKey: number)
        }
      default: break
      }
      if earlier != nil { throw reader.corrupted("a second key", at: cursor) }
      cursor = try reader.skip(value)
      index += 1
    }
  }

  /// The entry for `key`, by its text, or else by its number.
  func find(_ key: some CodingKey) -> Place? {
    texts[Array(key.stringValue.utf8)] ?? key.intValue.flatMap { numbers[$0] }
  }
}
