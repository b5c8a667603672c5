internal import ArgumentParser
internal import IterableQueues

/// The queue that a command is about.
struct QueueArgument: ParsableArguments {
  @Argument(help: "The queue's name.", completion: .queueNames)
  var name: String

  func queueName() throws -> QueueName { try QueueName(argument: name) }
}

/// Whose queue a command that changes it may have.
struct OwnerOptions: ParsableArguments {
  @Flag(help: "Do it also if the queue is another user's.")
  var anyOwner = false

  var owner: QueueOwner { anyOwner ? .anyone : .me }
}

/// How a command that puts or takes items comes to its queue.
struct AttachingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("How long to wait for the queue to be made.", valueName: "time"),
    transform: TimeSpan.parse)
  var wait: TimeSpan?

  @OptionGroup private var ownerOptions: OwnerOptions

  var anyOwner: Bool { ownerOptions.anyOwner }
  var owner: QueueOwner { ownerOptions.owner }
}

/// How a command prints what it lists.
struct ListingOptions: ParsableArguments {
  @Flag(name: .customLong("json"), help: "Print JSON, one object a line.")
  var isJSON = false
}

/// How the items are separated from each other.
struct FramingOptions: ParsableArguments {
  @Flag(name: [.customShort("0"), .customLong("null")], help: "Items end with NUL, not newline.")
  var isNull = false

  @Flag(
    name: .customLong("framed"),
    help: "Each item comes after its length in bytes: four bytes, little-endian.")
  var isFramed = false

  @Flag(name: .customLong("json"), help: "Items are JSON values, text and numbers too.")
  var isJSON = false

  @Flag(name: .customLong("raw"), help: "Items are the bytes that the queue has, not decoded.")
  var isRaw = false

  func validate() throws {
    if isNull && isFramed { throw ValidationError("--null and --framed exclude each other.") }
    if isJSON && isRaw { throw ValidationError("--json and --raw exclude each other.") }
  }

  var form: ItemKind.Form { isRaw ? .raw : isJSON ? .json : .plain }
}

extension CompletionKind {
  /// The names of the queues that are there.
  static var queueNames: CompletionKind {
    .custom { _, _, _ in (try? QueueDirectory.entries().map(\.name.description)) ?? [] }
  }
}

/// A number of bytes on the command line: 65536, 64K, 1M, 4G; K is 1024.
struct ByteCount: ExpressibleByArgument {
  var bytes: Int

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let shift: Int? =
      switch argument.dropFirst(digits.count).uppercased() {
      case "", "B": 0
      case "K", "KB", "KIB": 10
      case "M", "MB", "MIB": 20
      case "G", "GB", "GIB": 30
      default: nil
      }
    guard let shift, let value = Int(digits) else { return nil }
    let (bytes, overflow) = value.multipliedReportingOverflow(by: 1 << shift)
    if overflow { return nil }
    self.bytes = bytes
  }

  /// Throws `ValidationError` saying what is accepted.
  static func parse(_ argument: String) throws -> ByteCount {
    guard let count = ByteCount(argument: argument) else {
      throw ValidationError("a number of bytes is written as 65536, 64K, 1M or 4G")
    }
    return count
  }

  /// "512 B", "64 KiB", "1.5 MiB".
  static func text(_ bytes: Int) -> String {
    var value = Double(bytes)
    var unit = 0
    while value >= 1024 && unit < 4 {
      value /= 1024
      unit += 1
    }
    let decimals = unit == 0 || value == value.rounded() || value >= 100 ? 0 : 1
    return "\(fixed(value, decimals)) \(["B", "KiB", "MiB", "GiB", "TiB"][unit])"
  }
}
