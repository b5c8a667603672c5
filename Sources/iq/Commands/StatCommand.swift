internal import ArgumentParser
internal import Glibc
internal import IterableQueues
internal import SystemPackage

struct StatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stat",
    abstract: "Says everything about a queue: figures, limits, and who has it open.",
    discussion: """
      EXAMPLES
        iq stat jobs
        iq stat --json jobs | jq .statistics.items
      """)

  @OptionGroup var queue: QueueArgument
  @OptionGroup var listing: ListingOptions

  func run() throws {
    let report = try QueueReport(queue.queueName())
    let output = OutputDescriptor(STDOUT_FILENO)
    Interruptions.note()
    if listing.isJSON { return try output.write(report.fullJSON.line) }
    for line in report.description(.output) + report.endpointLines(.output) {
      try output.write(line + "\n")
    }
  }
}

extension QueueReport {
  var fullJSON: JSONObject {
    var object = json
    if let about {
      var limits = JSONObject()
      let configuration = about.configuration
      limits.set("maxItems", raw: Array((configuration.maxItems.map { "\($0)" } ?? "null").utf8))
      limits.set("maxItemBytes", configuration.maxItemBytes)
      limits.set("ringBytes", configuration.ringBytes)
      limits.set("maxEndpoints", configuration.maxEndpoints)
      limits.set("maxDeliveries", configuration.maxDeliveries)
      limits.set("isAtMostOnce", configuration.delivery == .atMostOnce)
      limits.set("deadLetterBytes", configuration.deadLetterBytes)
      limits.set("isPersistent", configuration.isPersistent)
      object.set("configuration", limits)
      object.set("created", Timestamp.text(Int(about.created.components.seconds)))
      object.set("creator", Int(about.creator))
    }
    object.set("endpoints", endpoints.map(\.json))
    return object
  }

  /// Lines of names and values.
  func description(_ terminal: Terminal) -> [String] {
    var rows: [(String, String, Terminal.Style?)] = []
    func row(_ name: String, _ value: String, _ style: Terminal.Style? = nil) {
      rows.append((name, value, style))
    }
    row("name", entry.name.description, .bold)
    row("state", entry.reason.isEmpty ? state : "\(state): \(entry.reason)", stateStyle)
    if let about { row("items are", "\(about.schema), as \(about.codec)") }
    if let statistics {
      row("items", "\(statistics.count) (\(ByteCount.text(statistics.bytes)))")
      row("in flight", "\(statistics.inFlight)")
      if statistics.orphaned > 0 { row("orphaned", "\(statistics.orphaned)", .yellow) }
      row("put, taken", "\(statistics.itemsPut), \(statistics.itemsTaken)")
      if statistics.redelivered > 0 { row("redelivered", "\(statistics.redelivered)") }
      let dropped =
        statistics.deadLettersDropped > 0 ? ", \(statistics.deadLettersDropped) dropped" : ""
      row(
        "dead letters", "\(statistics.deadLetters)\(dropped)",
        statistics.deadLetters > 0 ? .yellow : nil)
      row("producers", Self.count(statistics.producers, lost: statistics.lostProducers))
      row("consumers", Self.count(statistics.consumers, lost: statistics.lostConsumers))
    }
    if let configuration = about?.configuration {
      row(
        "limits",
        "\(configuration.maxItems.map { "\($0) items, " } ?? "")\(ByteCount.text(configuration.ringBytes)), "
          + "an item \(ByteCount.text(configuration.maxItemBytes)), "
          + "\(configuration.maxEndpoints) endpoints, dead letters \(ByteCount.text(configuration.deadLetterBytes))"
      )
      row(
        "delivery",
        configuration.delivery == .atMostOnce
          ? "at most once" : "at least once, at most \(configuration.maxDeliveries) times")
      row("persistent", configuration.isPersistent ? "yes" : "no")
    }
    row("memory", ByteCount.text(entry.allocatedBytes))
    row("owner", "user \(entry.ownerUser), mode \(String(entry.permissions.rawValue, radix: 8))")
    if let about {
      let created = Timestamp.text(Int(about.created.components.seconds))
      row("created", "\(created) by process \(about.creator)")
    }
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { name, value, style in
      terminal.style(.dim, name + String(repeating: " ", count: width - name.count)) + "  "
        + (style.map { terminal.style($0, value) } ?? value)
    }
  }

  private static func count(_ open: Int, lost: Int) -> String {
    lost > 0 ? "\(open), \(lost) died without closing" : "\(open)"
  }

  /// A table of who has the queue open; empty if nobody has.
  func endpointLines(_ terminal: Terminal, width: Int? = nil) -> [String] {
    if endpoints.isEmpty { return [] }
    var table = Table([("PID", .right), ("ENDPOINT", .left), ("STATE", .left), ("COMMAND", .left)])
    for endpoint in endpoints {
      let style: Terminal.Style? =
        !endpoint.isAlive
        ? .red : endpoint.waiting != nil ? .dim : endpoint.heldItems > 0 ? .green : nil
      table.add([
        ("\(endpoint.processIdentifier)", nil), (endpoint.kindName, nil), (endpoint.doing, style),
        (endpoint.command, nil),
      ])
    }
    return table.lines(terminal, width: width)
  }
}
