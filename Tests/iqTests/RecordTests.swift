import Testing
import iq

@Suite struct RecordTests {
  /// The records of `text` when it arrives in pieces of `size` bytes.
  private func split(_ framing: Framing, _ text: [UInt8], size: Int, limit: Int = 1000) throws
    -> [[UInt8]]
  {
    var splitter = RecordSplitter(framing, limit: limit)
    var records: [[UInt8]] = []
    for start in stride(from: 0, to: text.count, by: size) {
      let piece = Array(text[start..<min(start + size, text.count)])
      unsafe piece.withUnsafeBytes { unsafe splitter.append($0) }
      while let record = try splitter.next() { records.append(record) }
    }
    splitter.finish()
    while let record = try splitter.next() { records.append(record) }
    return records
  }

  private func check(_ framing: Framing, _ text: [UInt8], _ expected: [String]) throws {
    for size in 1...text.count + 1 {
      let records = try split(framing, text, size: size)
      #expect(records.map { String(decoding: $0, as: UTF8.self) } == expected, "pieces of \(size)")
    }
  }

  @Test func `lines are cut at newlines, in whatever pieces they come`() throws {
    try check(.lines, Array("one\n\ntwo\r\nlast".utf8), ["one", "", "two\r", "last"])
    try check(.lines, Array("\n".utf8), [""])
  }

  @Test func `records are cut at NUL`() throws {
    try check(.null, Array("a\nb\0\0c".utf8), ["a\nb", "", "c"])
  }

  @Test func `frames have their length before them`() throws {
    let text: [UInt8] = Array("\u{3}\0\0\0a\nb\0\0\0\0\u{1}\0\0\0c".utf8)
    try check(.frames, text, ["a\nb", "", "c"])
  }

  @Test func `a frame that does not end is an error`() {
    for count in [1, 4, 6] {
      #expect(throws: CommandFailure.self) {
        try split(.frames, Array("\u{3}\0\0\0abc".utf8.prefix(count)), size: 100)
      }
    }
  }

  @Test func `JSON values are cut where they end, with or without white space`() throws {
    let text = #" {"a":"}\"]"}[1,[2]] "x y""z" 1 -2.5e3 true{}null "#
    let expected = [
      #"{"a":"}\"]"}"#, "[1,[2]]", #""x y""#, #""z""#, "1", "-2.5e3", "true", "{}", "null",
    ]
    try check(.values, Array(text.utf8), expected)
    try check(.values, Array("[1,\n 2]\n3".utf8), ["[1,\n 2]", "3"])
  }

  @Test(arguments: [Framing.lines, .null, .values])
  func `a record beyond the limit is refused before it has been read to its end`(framing: Framing) {
    let text = Array(String(repeating: "1", count: 50).utf8)
    do {
      _ = try split(framing, text, size: 7, limit: 20)
      Issue.record("was taken")
    } catch { #expect("\(error)".contains(" 1 has 21 bytes or more; the limit is 20")) }
  }
}
