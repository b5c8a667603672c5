import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct WordCountTests {
  private func wordcount(_ arguments: String...) throws -> Scenario {
    try Scenario.run(program: "wordcount", arguments)
  }

  /// Counts in the simplest way that there is.
  private func count(_ texts: [String]) throws -> [String] {
    let word = try Regex(
      #"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['\u200C\u200D][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*"#
    ).matchingSemantics(.unicodeScalar)
    var counts: [[UInt8]: Int] = [:]
    for text in texts {
      let folded = text.lowercased().replacing("’", with: "'")
      for match in folded.matches(of: word) {
        counts[Array(folded[match.range].utf8), default: 0] += 1
      }
    }
    let order = counts.sorted {
      $0.value != $1.value
        ? $0.value > $1.value : $0.key.lexicographicallyPrecedes($1.key)
    }
    return order.map { "\($0.value) \(String(decoding: $0.key, as: UTF8.self))" }
  }

  private func lines(_ run: Scenario) -> [String] {
    run.stdout.split(separator: "\n").map(String.init)
  }

  @Test(arguments: ["0", "1", "3"])
  func `the words of a folder are counted as an independent count does`(_ workers: String) throws {
    let texts = [
      "It's a queue, and 'quoted' words.\nA queue's words: 42 words",
      "", "'' '", "\n\n", "no-end", String(repeating: "The End. ", count: 3000),
      "“Don’t” – don't, ‘tis… l’été l'ÉTÉ «été» rock''n a’’b x’",
      "Größe GRÖSSE Ωμέγα ΩΜΈΓΑ Привет, ПРИВЕТ! İstanbul e\u{301}te\u{301} \u{301}a naïve\u{AD}x",
      "东京，大阪。 東京 ٣٤ ４２ m² می\u{200C}خواهم ❤\u{FE0F} 👩\u{200D}🚀 𝒳 \u{10FFFF}",
    ]
    let folder = try TextFolder()
    try folder.makeFolder("sub")
    try folder.makeFolder("sub/deeper")
    for (number, text) in texts.enumerated() {
      let place = ["", "sub/", "sub/deeper/"][number % 3]
      try folder.write(text.utf8, to: "\(place)\(number).txt")
    }
    let run = try wordcount(folder.path, "--workers", workers, "--top", "0")
    #expect(run.succeeded)
    #expect(run.stderr.isEmpty)
    #expect(lines(run) == (try count(texts)))
  }

  @Test(arguments: ["0", "3"])
  func `words where a large file is cut are counted once`(_ workers: String) throws {
    // Jobs have 2 MiB: cuts fall into words, between them, on both sides of apostrophes, and into
    // characters.
    let cut = 2 << 20
    var text = [UInt8](repeating: UInt8(ascii: " "), count: 7 * cut + 10)
    func place(_ word: String, at position: Int) {
      text.replaceSubrange(position..<position + word.utf8.count, with: word.utf8)
    }
    place("before", at: cut - 20)
    place("divided", at: cut - 3)
    place("'cut'", at: 2 * cut - 1)
    place("starts", at: 3 * cut)
    place("ça’y", at: 4 * cut - 4)
    place("–été–", at: 5 * cut - 4)
    place("日本 ends", at: 6 * cut - 8)
    place("a’b’c", at: 7 * cut - 5)
    let folder = try TextFolder()
    try folder.write(text, to: "large.txt")
    let run = try wordcount(folder.path, "--workers", workers, "--top", "0")
    #expect(run.succeeded)
    #expect(
      lines(run) == ["1 a'b'c", "1 before", "1 cut", "1 divided", "1 ends", "1 starts", "1 ça'y"]
        + ["1 été", "1 日本"])
  }

  @Test func `a word as long as several jobs is no word, and its neighbours are counted`() throws {
    let folder = try TextFolder()
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: 40 << 20)
    try folder.write(Array("one ".utf8) + long + Array(" two".utf8), to: "long.txt")
    let run = try wordcount(folder.path, "--workers", "3")
    #expect(lines(run) == ["1 one", "1 two"])
  }

  @Test(arguments: ["0", "2"])
  func `wherever text is cut, the words are the same`(_ workers: String) throws {
    // Ends of what is read at once fall onto each byte of a line.
    let line = "L’été, ‘don’t’ 日本 “Ωμέγα” a’’b"
    let text = (0..<1000).map { String(repeating: "x ", count: $0 / 3) + line }
      .joined(separator: ".\n")
    let folder = try TextFolder()
    let files = line.utf8.count
    for number in 0..<files {
      try folder.write(
        (String(repeating: "-", count: number) + text).utf8, to: "\(number).txt")
    }
    let run = try wordcount(folder.path, "--workers", workers, "--top", "0")
    #expect(run.succeeded)
    let expected = try count([text]).map { row in
      let (number, word) = (row.split(separator: " ")[0], row.split(separator: " ")[1])
      return "\(Int(number)! * files) \(word)"
    }
    #expect(lines(run) == expected)
  }

  @Test(arguments: ["0", "2"])
  func `bytes that are no UTF-8 separate words`(_ workers: String) throws {
    let folder = try TextFolder()
    let latin1: [UInt8] = Array("na".utf8) + [0xef] + Array("ve caf".utf8) + [0xe9]
    let broken: [UInt8] = [0xe2, 0x80] + Array("a".utf8) + [0xc0, 0xaf, 0x62, 0xed, 0xa0, 0x80]
    try folder.write(latin1 + [0x20] + broken + Array("c".utf8) + [0xf0, 0x9f], to: "a.txt")
    let run = try wordcount(folder.path, "--workers", workers)
    #expect(run.succeeded)
    #expect(lines(run) == ["1 a", "1 b", "1 c", "1 caf", "1 na", "1 ve"])
  }

  @Test func `the longest word has 255 bytes`() throws {
    let longest = String(repeating: "y", count: 255)
    let folder = try TextFolder()
    try folder.write("\(longest) \(longest)z \(longest)' \(longest)z'".utf8, to: "a.txt")
    let run = try wordcount(folder.path)
    #expect(lines(run) == ["2 \(longest)"])
  }

  @Test func `more words than fit into one item arrive`() throws {
    let words = (0..<30_000).map { $0 % 3 == 0 ? "averyverylongword\($0)" : "word\($0)" }
    let folder = try TextFolder()
    try folder.write(words.joined(separator: " ").utf8, to: "a.txt")
    let run = try wordcount(folder.path, "--top", "0")
    #expect(lines(run) == words.sorted().map { "1 \($0)" })
  }

  @Test func `what cannot be read is named, and the rest is counted`() throws {
    let folder = try TextFolder()
    try folder.write("here here".utf8, to: "a.txt")
    // Reading a memory that is not mapped fails for root as well.
    try folder.makeLink("unreadable", to: "/proc/self/mem")
    let run = try wordcount(
      folder.path, "\(folder.path)/missing", "\(folder.path)/unreadable", "--workers", "2")
    #expect(run.succeeded)
    #expect(lines(run) == ["2 here"])
    #expect(run.stderr.contains("wordcount: \(folder.path)/missing: No such file or directory\n"))
    #expect(run.stderr.contains("wordcount: \(folder.path)/unreadable: "))
  }

  @Test func `links in a loop, hidden and binary files are passed over`() throws {
    let folder = try TextFolder()
    try folder.write("text".utf8, to: "a.txt")
    try folder.write("hidden".utf8, to: ".hidden.txt")
    try folder.write("binary\0binary".utf8, to: "binary")
    try folder.makeLink("loop", to: folder.path)
    let run = try wordcount(folder.path)
    #expect(lines(run) == ["1 text"])
    #expect(run.stderr.isEmpty)
  }

  @Test func `--top bounds the rows, and equal counts come in the order of their words`() throws {
    let folder = try TextFolder()
    try folder.write("c b a b c d c".utf8, to: "a.txt")
    #expect(lines(try wordcount(folder.path, "--top", "3")) == ["3 c", "2 b", "1 a"])
    #expect(lines(try wordcount(folder.path)) == ["3 c", "2 b", "1 a", "1 d"])
  }

  @Test func `a wrong number of workers is refused`() throws {
    let run = try wordcount("--workers", "-1")
    #expect(run.status == 64)
    #expect(run.stdout.isEmpty)
  }
}
