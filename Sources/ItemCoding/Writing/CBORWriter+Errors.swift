extension CBORWriter {
  func nestingError(at frame: Int) -> EncodingError {
    EncodingError.invalidValue(
      (),
      .init(
        codingPath: codingPath(to: frame, current: true),
        debugDescription: "nested deeper than \(options.nestingLimit) levels"))
  }

  func lateError() -> EncodingError {
    EncodingError.invalidValue(
      (),
      .init(
        codingPath: [],
        debugDescription: "an encoder or container was used after the value it was made for"))
  }

  func secondValueError(at frame: Int) -> EncodingError {
    EncodingError.invalidValue(
      (),
      .init(
        codingPath: codingPath(to: frame, current: false),
        debugDescription: "a value encoded itself in two different ways"))
  }

  /// The keys that lead to the value of `frame`, and with `current` to what it is writing.
  ///
  /// They are read back from the bytes already written.
  func codingPath(to frame: Int, current: Bool) -> [any CodingKey] {
    guard frame >= 0, frame < frameCount else { return [] }
    var path: [any CodingKey] = []
    if current { append(self[frame].key, of: frame, to: &path) }
    var child = frame
    while self[child].parent >= 0 {
      append(self[child].keyInParent, of: self[child].parent, to: &path)
      child = self[child].parent
    }
    return path.reversed()
  }

  private func append(_ key: Int, of frame: Int, to path: inout [any CodingKey]) {
    switch self[frame].kind {
    case .slot, .single: break
    case .array, .map, .counted:
      if key < 0 {
        path.append(CBORKey(intValue: -1 - key))
      } else {
        let reader = CBORReader(options: options)
        unsafe reader.begin(UnsafeRawBufferPointer(start: base, count: count))
        path.append(CBORKey(reader, at: key))
        reader.end()
      }
    }
  }
}
