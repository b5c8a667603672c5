internal import ArgumentParser
internal import IterableQueues
internal import SystemPackage

struct CreateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Makes a queue that stays until `iq rm`.",
    usage: "iq create <name> [<options>]",
    discussion: """
      KIND says what the items are, and what a Swift program attaches with:

        lines   text, one line each            IterableQueue<String>
        bytes   any bytes                      IterableQueue<[UInt8]>
        json    values, for `iq put --json`    IterableQueue<T>, with --schema T
        int     numbers, one a line            IterableQueue<Int>

      Numbers are int, uint, int8, uint8, int16, uint16, int32, uint32, int64, uint64, int128, uint128, \
      float16, float or double.

      EXAMPLES
        iq create jobs
        iq create pages --items json --schema Page --max-items 1000
        iq create numbers --items double --ring-bytes 16M
      """)

  @OptionGroup var queue: QueueArgument

  @Option(
    help: ArgumentHelp("What the items are.", valueName: "kind"),
    completion: .list(["lines", "bytes", "json", "int", "uint"] + Scalar.allCases.map(\.rawValue)))
  var items = "lines"

  @Option(
    help: ArgumentHelp("What the items are called: the Swift type's name.", valueName: "type"))
  var schema: String?

  @Option(
    help: "How lines and JSON values are stored: cbor or json.",
    completion: .list(["cbor", "json"]))
  var codec = "cbor"

  @Option(help: ArgumentHelp("How many items may wait.", valueName: "n"))
  var maxItems: Int?

  @Option(
    help: ArgumentHelp("How large an item may be (default: 64K).", valueName: "bytes"),
    transform: ByteCount.parse)
  var maxItemBytes: ByteCount?

  @Option(
    help: ArgumentHelp("How many bytes of items may wait (default: 1M).", valueName: "bytes"),
    transform: ByteCount.parse)
  var ringBytes: ByteCount?

  @Option(help: ArgumentHelp("How many producers and consumers may be open.", valueName: "n"))
  var maxEndpoints = QueueConfiguration().maxEndpoints

  @Option(
    help: ArgumentHelp(
      "How often an item is delivered before it becomes a dead letter.", valueName: "n"))
  var maxDeliveries = QueueConfiguration().maxDeliveries

  @Flag(help: "Drop what a consumer that dies has in its hands, instead of delivering it again.")
  var atMostOnce = false

  @Option(
    help: ArgumentHelp(
      "How many bytes of dead letters are kept (default: 64M).", valueName: "bytes"),
    transform: ByteCount.parse)
  var deadLetterBytes: ByteCount?

  @Option(help: ArgumentHelp("Who may use it, as chmod says it.", valueName: "octal"))
  var mode = "600"

  func validate() throws {
    if kind == nil {
      throw ValidationError("--items \(items): choose lines, bytes, json, int, double ...")
    }
    if !["cbor", "json"].contains(codec) {
      throw ValidationError("--codec \(codec): choose cbor or json.")
    }
    if codec == "json", items == "bytes" {
      throw ValidationError("Bytes cannot be stored as JSON.")
    }
    if permissions == nil { throw ValidationError("--mode \(mode): choose 600, 660 or the like.") }
  }

  private var permissions: FilePermissions? {
    CModeT(mode, radix: 8).flatMap { $0 <= 0o777 ? FilePermissions(rawValue: $0) : nil }
  }

  /// The names that the header gets.
  private var kind: (codec: String, schema: String)? {
    switch items {
    case "lines": (codec, "String")
    case "bytes": ("cbor", "Array<UInt8>")
    case "json": (codec, "JSON")
    case "int": ("raw8", "Int")
    case "uint": ("raw8", "UInt")
    default: Scalar(rawValue: items).map { ("raw\($0.size)", $0.schema) }
    }
  }

  func run() throws {
    guard let kind, let permissions else { return }
    var configuration = QueueConfiguration(
      maxItems: maxItems, maxEndpoints: maxEndpoints, maxDeliveries: maxDeliveries,
      delivery: atMostOnce ? .atMostOnce : .atLeastOnce)
    if let maxItemBytes { configuration.maxItemBytes = maxItemBytes.bytes }
    if let ringBytes { configuration.ringBytes = ringBytes.bytes }
    if let deadLetterBytes { configuration.deadLetterBytes = deadLetterBytes.bytes }
    configuration.permissions = permissions
    configuration.isPersistent = true
    configuration.schema = schema
    _ = try IterableQueue<[UInt8]>(
      named: queue.queueName(), configuration: configuration, codecName: kind.codec,
      schema: schema ?? kind.schema)
  }
}
