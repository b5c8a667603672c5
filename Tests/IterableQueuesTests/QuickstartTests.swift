import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct QuickstartTests {
  @Test func `quickstart shows every item of every producer, and ends with the sum`() throws {
    let run = try Scenario.run(program: "quickstart", [])
    #expect(run.succeeded)
    #expect(run.stderr.isEmpty)
    let lines = run.stdout.split(separator: "\n")
    try #require(lines.count == 171)

    var itemsOf: [Substring: Int] = [:]
    for line in lines.dropLast() {
      let words = line.split(separator: " ")
      try #require(words.count == 5 && words[0] == "consumer" && words[2...3] == ["saw", "item"])
      #expect((0..<13).contains(Int(words[1]) ?? -1))
      itemsOf[words[4], default: 0] += 1
    }
    let expected = Dictionary(uniqueKeysWithValues: (0..<17).map { (Substring("\($0)"), 10) })
    #expect(itemsOf == expected)
    #expect(lines[170].hasPrefix("170 of 170 items accounted for"))
  }
}
