import Glibc
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WordCountTests {
  private func wordcount(_ arguments: String...) throws -> Scenario {
    try Scenario.run(program: "wordcount", arguments)
  }

  /// Counts in the simplest way that there is, for ASCII text.
  private func count(_ texts: [String]) -> [String] {
    var counts: [String: Int] = [:]
    for text in texts {
      let words = text.split { !$0.isLetter && !$0.isNumber && $0 != "'" }
      for word in words {
        var letters = Array(word.lowercased())
        while letters.first == "'" { letters.removeFirst() }
        while letters.last == "'" { letters.removeLast() }
        if !letters.isEmpty { counts[String(letters), default: 0] += 1 }
      }
    }
    let order = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return order.map { "\($0.value) \($0.key)" }
  }

  private func lines(_ run: Scenario) -> [String] {
    run.stdout.split(separator: "\n").map(String.init)
  }

  @Test(arguments: ["0", "1", "3"])
  func `the words of a folder are counted as an independent count does`(_ workers: String) throws {
    let texts = [
      "It's a queue, and 'quoted' words.\nA queue's words: 42 words",
      "", "'' '", "\n\n", "no-end", String(repeating: "The End. ", count: 3000),
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
    #expect(lines(run) == count(texts))
  }

  @Test(arguments: ["0", "3"])
  func `words where a large file is cut are counted once`(_ workers: String) throws {
    // Jobs have 16 MiB: cuts fall into words, between them, and on both sides of an apostrophe.
    let cut = 16 << 20
    var text = [UInt8](repeating: UInt8(ascii: " "), count: 3 * cut + 10)
    func place(_ word: String, at position: Int) {
      text.replaceSubrange(position..<position + word.utf8.count, with: word.utf8)
    }
    place("before", at: cut - 20)
    place("divided", at: cut - 3)
    place("'cut'", at: 2 * cut - 1)
    place("starts", at: 3 * cut)
    let folder = try TextFolder()
    try folder.write(text, to: "large.txt")
    let run = try wordcount(folder.path, "--workers", workers)
    #expect(run.succeeded)
    #expect(lines(run) == ["1 before", "1 cut", "1 divided", "1 starts"])
  }

  @Test func `a word as long as several jobs is no word, and its neighbours are counted`() throws {
    let folder = try TextFolder()
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: 40 << 20)
    try folder.write(Array("one ".utf8) + long + Array(" two".utf8), to: "long.txt")
    let run = try wordcount(folder.path, "--workers", "3")
    #expect(lines(run) == ["1 one", "1 two"])
  }

  @Test func `the longest word has 255 bytes`() throws {
    let longest = String(repeating: "y", count: 255)
    let folder = try TextFolder()
    try folder.write("\(longest) \(longest)z".utf8, to: "a.txt")
    let run = try wordcount(folder.path)
    #expect(lines(run) == ["1 \(longest)"])
  }

  @Test func `more words than fit into one item arrive`() throws {
    let words = (0..<30_000).map { "word\($0)" }
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
