internal import Glibc
internal import IterableQueues
internal import SystemPackage

/// What there is to say about a queue, at one moment.
struct QueueReport {
  var entry: QueueDirectory.Entry
  /// Nil if the queue cannot be looked at.
  var about: QueueAbout?
  var statistics: QueueStatistics?
  var endpoints: [EndpointReport] = []
  var time = ContinuousClock.now

  /// Every queue that has a name.
  static func all() throws -> [QueueReport] { try QueueDirectory.entries().map(QueueReport.init) }

  /// Throws a `CommandFailure` if there is no such queue.
  init(_ name: QueueName) throws {
    guard let entry = QueueDirectory.entry(name) else {
      throw CommandFailure(
        QueueError(.notFound, queueName: name.description, reason: "there is no queue of that name")
      )
    }
    self.init(entry)
  }

  init(_ entry: QueueDirectory.Entry) {
    self.entry = entry
    guard [.live, .idle, .abandoned].contains(entry.state),
      let queue = try? IterableQueue<[UInt8]>(inspecting: entry.name, ownedBy: .anyone)
    else { return }
    about = try? queue.about
    endpoints = queue.endpoints
    statistics = queue.statisticsAsTheyAre
  }

  /// One word, or a few.
  var state: String {
    if statistics?.isCancelled == true { return "cancelled" }
    let closed = statistics?.isClosed == true ? ", closed" : ""
    return switch entry.state {
    case .live: "live\(closed)"
    case .idle: "idle\(closed)"
    case .abandoned: "abandoned"
    case .unfinished: "unfinished"
    case .otherVersion(let version): "version \(version)"
    case .otherNamespace: "other namespace"
    case .noPermission: "not permitted"
    case .foreign: "no queue"
    }
  }

  var stateStyle: Terminal.Style {
    switch entry.state {
    case .live: statistics?.isCancelled == true ? .red : .green
    case .idle: .cyan
    default: .yellow
    }
  }

  /// What the items are, in a word: "String", "Page", "Int64".
  var schema: String { about?.schema ?? "" }

  var json: JSONObject {
    var object = JSONObject()
    object.set("name", entry.name.description)
    object.set("state", state)
    if !entry.reason.isEmpty { object.set("reason", entry.reason) }
    object.set("user", Int(entry.ownerUser))
    object.set("mode", String(entry.permissions.rawValue, radix: 8))
    object.set("memoryBytes", entry.allocatedBytes)
    if let about {
      object.set("codec", about.codec)
      object.set("schema", about.schema)
    }
    if let statistics { object.set("statistics", statistics.json) }
    return object
  }
}

extension QueueStatistics {
  var json: JSONObject {
    var object = JSONObject()
    object.set("items", count)
    object.set("bytes", bytes)
    object.set("inFlight", inFlight)
    object.set("orphaned", orphaned)
    object.set("deadLetters", deadLetters)
    object.set("deadLettersDropped", deadLettersDropped)
    object.set("itemsPut", Int(itemsPut))
    object.set("itemsTaken", Int(itemsTaken))
    object.set("redelivered", redelivered)
    object.set("producers", producers)
    object.set("consumers", consumers)
    object.set("handles", handles)
    object.set("lostProducers", lostProducers)
    object.set("lostConsumers", lostConsumers)
    object.set("isClosed", isClosed)
    object.set("isCancelled", isCancelled)
    return object
  }
}

extension EndpointReport {
  var kindName: String {
    switch kind {
    case .producer: "producer"
    case .consumer: "consumer"
    case .handle: "handle"
    }
  }

  /// What the process is at, as far as the queue knows.
  var doing: String {
    if !isAlive { return "dead" }
    guard let waiting else { return heldItems > 0 ? "works on \(heldItems)" : "" }
    let span = waitingFor.map { " \($0.approximate)" } ?? ""
    return waiting == .forItems ? "waits for items\(span)" : "waits for room\(span)"
  }

  /// The command line of its process, on one line; "" if it cannot be read.
  var command: String { ProcessCommand.text(processIdentifier) }

  var json: JSONObject {
    var object = JSONObject()
    object.set("kind", kindName)
    object.set("pid", Int(processIdentifier))
    object.set("command", command)
    object.set("isAlive", isAlive)
    object.set("waitsFor", waiting.map { $0 == .forItems ? "items" : "room" })
    if let waitingFor { object.set("waitingSeconds", waitingFor.seconds) }
    object.set("heldItems", heldItems)
    return object
  }
}

/// The command line of a process.
enum ProcessCommand {
  static func text(_ process: CInt) -> String {
    guard var bytes = read("/proc/\(process)/cmdline"), !bytes.isEmpty else {
      return read("/proc/\(process)/comm").map { text($0.dropLast()) } ?? ""
    }
    while bytes.last == 0 { bytes.removeLast() }
    return text(bytes)
  }

  private static func text(_ bytes: some Sequence<UInt8>) -> String {
    let visible = bytes.map { $0 == 0 ? UInt8(ascii: " ") : $0 }
    let scalars = String(decoding: visible, as: UTF8.self).unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar
    }
    return String(String.UnicodeScalarView(scalars))
  }

  private static func read(_ path: String) -> [UInt8]? {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      count = max(0, unsafe Glibc.read(file, buffer.baseAddress, buffer.count))
    }
  }
}

extension Duration {
  /// In one unit, rounded down: "20 ms", "5 s", "3 min", "2 h".
  var approximate: String {
    let seconds = seconds
    if seconds < 1 { return "\(Int(seconds * 1000)) ms" }
    if seconds < 120 { return "\(Int(seconds)) s" }
    if seconds < 7200 { return "\(Int(seconds / 60)) min" }
    if seconds < 172_800 { return "\(Int(seconds / 3600)) h" }
    return "\(Int(seconds / 86_400)) d"
  }
}
