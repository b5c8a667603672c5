internal import ArgumentParser
internal import Glibc
internal import IterableQueues

struct TopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "Shows queues at work: how full they are, how fast, and who waits for what.",
    discussion: """
      On a terminal it goes on until q or ^C; elsewhere it prints once, with the rates of one \
      interval.

      EXAMPLES
        iq top
        iq top jobs --interval 500ms
        iq top --json | jq 'select(.takenPerSecond == 0).name'
      """)

  @Argument(help: "The queue's name; without one, all queues.", completion: .queueNames)
  var name: String?

  @Option(
    help: ArgumentHelp("How long between two looks (default: 1s).", valueName: "time"),
    transform: TimeSpan.parse)
  var interval = TimeSpan(argument: "1s")!

  @OptionGroup var listing: ListingOptions

  func validate() throws {
    if interval.duration < .milliseconds(50) { throw ValidationError("--interval: at least 50ms.") }
  }

  func run() throws {
    let queue = try name.map { try QueueName(argument: $0) }
    Interruptions.note()
    let output = OutputDescriptor(STDOUT_FILENO)
    let isLive = Terminal.output.isTerminal && !listing.isJSON
    let screen = isLive ? try Screen(output) : nil
    defer { screen?.restore() }
    var before = try look(queue)
    if let screen { try screen.show(lines(before, nil, screen.terminal)) }
    while true {
      if try wait(screen) == .quit { return }
      let now = try look(queue)
      if let screen {
        try screen.show(lines(now, before, screen.terminal))
        before = now
        continue
      }
      if listing.isJSON {
        for report in now { try output.write(report.json(since: before).line) }
      } else {
        for line in lines(now, before, .output) { try output.write(line + "\n") }
      }
      return
    }
  }

  private func look(_ queue: QueueName?) throws -> [QueueReport] {
    if let queue { return [try QueueReport(queue)] }
    return try QueueReport.all()
  }

  private func wait(_ screen: Screen?) throws -> Screen.Key? {
    if let screen { return try screen.wait(interval.duration) }
    try Interruptions.sleep(interval.duration)
    return nil
  }

  private func lines(
    _ reports: [QueueReport], _ before: [QueueReport]?, _ terminal: Terminal
  ) -> [String] {
    let width = terminal.isTerminal ? terminal.size.columns : nil
    var table = Table([
      ("NAME", .left), ("STATE", .left), ("ITEMS", .right), ("FULL", .right),
      ("PUT/S", .right), ("TAKEN/S", .right), ("IN FLIGHT", .right), ("DEAD", .right),
      ("PRODUCERS", .right), ("CONSUMERS", .right),
    ])
    for report in reports { table.add(report.topRow(since: before)) }
    var lines =
      reports.isEmpty ? ["There is no queue with a name."] : table.lines(terminal, width: width)
    for report in reports where !report.endpoints.isEmpty {
      lines.append("")
      lines.append(terminal.style(.bold, report.entry.name.description))
      lines += report.endpointLines(terminal, width: width)
    }
    return lines
  }
}

extension QueueReport {
  /// Items put and taken per second since `before`; nil if that does not know the queue.
  private func rates(since before: [QueueReport]?) -> (put: Double, taken: Double)? {
    guard let statistics,
      let old = before?.first(where: { $0.entry.name == entry.name }),
      old.about?.created == about?.created, let oldStatistics = old.statistics
    else { return nil }
    let seconds = max((time - old.time).seconds, 0.001)
    // The figures are modulo 2^32.
    return (
      Double(statistics.itemsPut &- oldStatistics.itemsPut) / seconds,
      Double(statistics.itemsTaken &- oldStatistics.itemsTaken) / seconds
    )
  }

  /// How much of the room is taken, by bytes or by items.
  private var fullness: Double? {
    guard let statistics, let configuration = about?.configuration else { return nil }
    let bytes = Double(statistics.bytes) / Double(configuration.ringBytes)
    let items = configuration.maxItems.map { Double(statistics.count) / Double($0) } ?? 0
    return max(bytes, items)
  }

  func topRow(since before: [QueueReport]?) -> [(String, Terminal.Style?)] {
    let rates = rates(since: before)
    func figure(_ key: KeyPath<QueueStatistics, Int>) -> (String, Terminal.Style?) {
      (statistics.map { "\($0[keyPath: key])" } ?? "-", nil)
    }
    func rate(_ value: Double?) -> (String, Terminal.Style?) {
      (value.map { fixed($0, $0 < 10 && $0 > 0 ? 1 : 0) } ?? "-", (value ?? 0) > 0 ? .green : nil)
    }
    let full = fullness
    let fullStyle: Terminal.Style? = (full ?? 0) > 0.9 ? .red : (full ?? 0) > 0.5 ? .yellow : nil
    var dead = figure(\.deadLetters)
    if (statistics?.deadLetters ?? 0) > 0 { dead.1 = .yellow }
    return [
      (entry.name.description, .bold), (state, stateStyle), figure(\.count),
      (full.map { "\(fixed($0 * 100, 0))%" } ?? "-", fullStyle), rate(rates?.put),
      rate(rates?.taken), figure(\.inFlight), dead, figure(\.producers), figure(\.consumers),
    ]
  }

  func json(since before: [QueueReport]) -> JSONObject {
    var object = json
    if let rates = rates(since: before) {
      object.set("putPerSecond", rates.put)
      object.set("takenPerSecond", rates.taken)
    }
    if let fullness { object.set("fullness", fullness) }
    object.set("endpoints", endpoints.map(\.json))
    return object
  }
}
