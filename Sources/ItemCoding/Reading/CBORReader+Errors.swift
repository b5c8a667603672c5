extension CBORReader {
  @inline(never)
  package func corrupted(_ what: String, at offset: Int) -> DecodingError {
    DecodingError.dataCorrupted(
      .init(codingPath: codingPath(depth), debugDescription: "\(what), at byte \(offset)"))
  }

  @inline(never)
  func truncated(at offset: Int) -> DecodingError {
    corrupted("the data ends within an item that begins", at: offset)
  }

  /// What is said when a value of another kind is found at `offset`.
  @inline(never)
  func mismatch(_ type: Any.Type, at offset: Int) -> DecodingError {
    let found = kindName(at: offset)
    let context = DecodingError.Context(
      codingPath: codingPath(depth),
      debugDescription: "expected \(type), found \(found), at byte \(offset)")
    if found == "null" { return .valueNotFound(type, context) }
    return .typeMismatch(type, context)
  }

  private func kindName(at offset: Int) -> String {
    guard let head = try? valueHead(offset) else { return "nothing" }
    switch head.major {
    case 0, 1: return "an integer"
    case 2: return "a byte string"
    case 3: return "a text"
    case 4: return "an array"
    case 5: return "a map"
    case 6: return "a tag"
    default:
      switch head.info {
      case 20, 21: return "a boolean"
      case 22, 23: return "null"
      case 25...27: return "a floating-point number"
      default: return "a simple value"
      }
    }
  }
}
