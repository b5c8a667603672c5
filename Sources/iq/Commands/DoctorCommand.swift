internal import ArgumentParser
internal import Glibc
internal import IterableQueues

struct DoctorCommand: ParsableCommand, AnyOwnerCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Looks for what processes that died have left in the queues that have a name.",
    discussion: """
      It finds names whose processes are all dead, endpoints of dead processes, items whose consumer \
      died and that nobody takes over, and dead letters. --fix removes the names and frees what the \
      dead hold; dead letters and items it leaves to you. The exit status is 1 if something remains, \
      or that of the first thing that could not be mended.

      EXAMPLES
        iq doctor
        iq doctor --fix
        iq doctor --fix jobs
      """)

  @Argument(help: "The queues' names; without any, all queues.", completion: .queueNames)
  var names: [String] = []

  @Flag(help: "Remove abandoned names, and free what dead processes hold.")
  var fix = false

  @OptionGroup var owner: OwnerOptions
  @OptionGroup var listing: ListingOptions

  func run() throws {
    let output = OutputDescriptor(STDOUT_FILENO)
    Interruptions.note()
    var remaining = 0
    var firstFailure: ExitStatus?
    for entry in try names.isEmpty ? QueueDirectory.entries() : names.map(Self.entry) {
      for var finding in Self.examine(entry) {
        if fix {
          do { try finding.fix(owner.owner) } catch {
            let failure = try CommandFailure(saying: error, of: self)
            complain(failure.description)
            firstFailure = firstFailure ?? failure.status
          }
        }
        if !finding.isFixed { remaining += 1 }
        try output.write(listing.isJSON ? finding.json.line : Array((finding.line + "\n").utf8))
      }
    }
    if remaining > 0 { throw ExitCode((firstFailure ?? .findings).rawValue) }
    if !listing.isJSON, Terminal.output.isTerminal { try output.write("Nothing is wrong.\n") }
  }

  private static func entry(_ name: String) throws -> QueueDirectory.Entry {
    try QueueReport(QueueName(argument: name)).entry
  }

  private static func examine(_ entry: QueueDirectory.Entry) -> [Finding] {
    func finding(_ kind: Finding.Kind, _ text: String) -> Finding {
      Finding(name: entry.name, kind: kind, text: text)
    }
    switch entry.state {
    case .abandoned: return [finding(.abandoned, entry.reason)]
    case .unfinished: return [finding(.unfinished, entry.reason)]
    case .otherVersion, .otherNamespace, .noPermission, .foreign:
      return [finding(.unreadable, entry.reason)]
    case .live, .idle: break
    }
    let report = QueueReport(entry)
    guard let statistics = report.statistics else {
      return [finding(.unreadable, "the queue cannot be looked at")]
    }
    var findings: [Finding] = []
    let dead = report.endpoints.filter { !$0.isAlive }
    if !dead.isEmpty {
      let processes = Set(dead.map(\.processIdentifier)).sorted().map { "\($0)" }
      findings.append(
        finding(
          .deadOwners,
          "\(counted(dead.count, "endpoint")) of dead processes (\(processes.joined(separator: ", ")))"
        ))
    }
    if statistics.orphaned > 0, statistics.consumers == 0 {
      findings.append(
        finding(
          .orphans,
          "nobody consumes, and \(counted(statistics.orphaned, "item")) that consumers left must wait"
        ))
    }
    if statistics.deadLetters > 0 {
      findings.append(
        finding(
          .deadLetters,
          "\(counted(statistics.deadLetters, "dead letter")); see `iq dead \(entry.name)`")
      )
    }
    return findings
  }
}

/// Something that is not as it should be.
private struct Finding {
  enum Kind: String {
    case abandoned, unfinished, unreadable, deadOwners, orphans, deadLetters
  }

  var name: QueueName
  var kind: Kind
  var text: String
  var isFixed = false

  mutating func fix(_ owner: QueueOwner) throws {
    switch kind {
    case .abandoned, .unfinished: isFixed = try name.removeIfAbandoned(ownedBy: owner)
    case .deadOwners:
      try IterableQueue<[UInt8]>(inspecting: name, ownedBy: owner).reap()
      isFixed = true
    case .unreadable, .orphans, .deadLetters: break
    }
  }

  var line: String {
    let terminal = Terminal.output
    let label = terminal.style(isFixed ? .green : .yellow, isFixed ? "fixed" : "found")
    return "\(label)  \(terminal.style(.bold, name.description)): \(text)"
  }

  var json: JSONObject {
    var object = JSONObject()
    object.set("name", name.description)
    object.set("kind", kind.rawValue)
    object.set("text", text)
    object.set("isFixed", isFixed)
    return object
  }
}
