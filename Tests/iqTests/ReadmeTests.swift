import FoundationEssentials
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ReadmeTests {
  /// The console sessions of the README: what is typed after "$ ", and what is printed then.
  private static let sessions: [[String]] = {
    let readme = URL(filePath: #filePath).appending(path: "../../../README.md").standardized
    guard let text = try? String(contentsOf: readme, encoding: .utf8) else { return [] }
    var sessions: [[String]] = []
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "```console" {
        isInside = true
        sessions.append([])
      } else if line == "```" {
        isInside = false
      } else if isInside {
        sessions[sessions.count - 1].append(String(line))
      }
    }
    return sessions
  }()

  @Test func `there are examples of iq in the README`() {
    #expect(Self.sessions.count >= 3)
  }

  @Test(arguments: sessions) func `an example of the README does what it shows`(session: [String])
    throws
  {
    // Names that belong to the test, as somebody may have queues of these names.
    let typed = session.filter { $0.hasPrefix("$ ") }.map { line in
      line.dropFirst(2)
        .replacing(/iq ([a-z]+)( .*?)?? (jobs|pages)/) { "iq \($0.1)\($0.2 ?? "") $Q-\($0.3)" }
    }
    let run = try Shell.run(
      "cd $T; exec 2>&1; trap 'iq rm -f $Q-jobs $Q-pages' EXIT\n" + typed.joined(separator: "\n"))
    #expect(run.lines == session.filter { !$0.hasPrefix("$ ") })
  }
}
