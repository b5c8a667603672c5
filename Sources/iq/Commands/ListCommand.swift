internal import ArgumentParser
internal import Glibc
internal import IterableQueues

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls",
    abstract: "Lists the queues that have a name.",
    discussion: """
      A queue is live when a process uses it, idle when it is persistent and nobody does, abandoned \
      when the processes that used it are dead; `iq doctor` says more.

      EXAMPLES
        iq ls
        iq ls --names | xargs -n 1 iq stat
        iq ls --json | jq -r 'select(.statistics.items > 0).name'
      """)

  @Flag(help: "Print only the names.")
  var names = false

  @OptionGroup var listing: ListingOptions

  func run() throws {
    let output = OutputDescriptor(STDOUT_FILENO)
    Interruptions.note()
    if names {
      return try output.write(QueueDirectory.entries().map { "\($0.name)\n" }.joined())
    }
    let reports = try QueueReport.all()
    if listing.isJSON {
      for report in reports { try output.write(report.json.line) }
      return
    }
    if reports.isEmpty {
      if Terminal.output.isTerminal { try output.write("There is no queue with a name.\n") }
      return
    }
    for line in Self.table(reports).lines(.output) { try output.write(line + "\n") }
  }

  private static func table(_ reports: [QueueReport]) -> Table {
    var table = Table([
      ("NAME", .left), ("STATE", .left), ("ITEMS", .right), ("IN FLIGHT", .right),
      ("DEAD", .right), ("PRODUCERS", .right), ("CONSUMERS", .right), ("MEMORY", .right),
      ("TYPE", .left),
    ])
    for report in reports {
      func figure(_ key: KeyPath<QueueStatistics, Int>) -> (String, Terminal.Style?) {
        (report.statistics.map { "\($0[keyPath: key])" } ?? "-", nil)
      }
      var dead = figure(\.deadLetters)
      if (report.statistics?.deadLetters ?? 0) > 0 { dead.1 = .yellow }
      table.add([
        (report.entry.name.description, .bold), (report.state, report.stateStyle),
        figure(\.count), figure(\.inFlight), dead, figure(\.producers), figure(\.consumers),
        (ByteCount.text(report.entry.allocatedBytes), nil), (report.schema, nil),
      ])
    }
    return table
  }
}
