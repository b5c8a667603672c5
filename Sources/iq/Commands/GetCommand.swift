internal import ArgumentParser
internal import Glibc
internal import IterableQueues
internal import ItemCoding

struct GetCommand: ParsableCommand, AttachingCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Takes items from a queue and prints them, until the queue ends.",
    usage: "iq get <name> [<options>]",
    discussion: """
      Text and bytes are printed as they are, everything else as JSON, one item a line. It ends when \
      the queue is closed, no producer is left, and nothing is left to take; several share the items.

      An item is acknowledged when it has been written. If iq is killed before that, another \
      consumer gets it: none is lost, and some may be printed twice. In a pipe, what has been \
      written but not yet read goes with the pipe; `--count 1` takes one item and no more. An item \
      that cannot be read becomes a dead letter, which is said, and the exit status is 65 at the end.

      EXAMPLES
        iq get jobs | while read -r job; do ...; done
        iq get pages | jq .url
        iq get --count 1 --timeout 5s jobs || echo "nothing came"
        iq get --null files | xargs -0 ls -l
      """)

  @OptionGroup var queue: QueueArgument

  @Option(
    name: [.customShort("n", allowingJoined: true), .long],
    help: ArgumentHelp("Take at most so many.", valueName: "n"))
  var count: Int?

  @Option(
    help: ArgumentHelp(
      "How long to wait for an item; then the exit status is 75.", valueName: "time"),
    transform: TimeSpan.parse)
  var timeout: TimeSpan?

  @OptionGroup var attaching: AttachingOptions

  @OptionGroup var framing: FramingOptions

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count \(count): choose 1 or more.") }
  }

  func run() throws {
    let queue = try IterableQueue<[UInt8]>.shown(queue.queueName(), attaching, framing.form)
    let consumer = try queue.makeConsumer()
    Interruptions.note()
    let output = OutputDescriptor(STDOUT_FILENO)
    var left = count ?? .max
    var unreadable = 0
    while left > 0 {
      do {
        let items = try take(from: consumer, upTo: min(left, Self.batch))
        if items.isEmpty { break }
        left -= items.count
        do { try output.write(framed(items)) } catch {
          consumer.release()
          throw error
        }
        consumer.acknowledge()
      } catch let error as QueueError where error.code == .undecodable {
        complain(CommandFailure(error).description)
        unreadable += 1
      }
    }
    if case .producersLost(let lost) = consumer.endReason {
      complain("\(counted(lost, "producer")) died without closing: what was not put yet is missing")
    }
    consumer.close()
    if unreadable > 0 {
      throw CommandFailure(
        .badData, "\(counted(unreadable, "item")) could not be read; see `iq dead`"
      )
    }
  }

  /// So many are in one hand at a time.
  private static let batch = 64

  /// Waits until a signal interrupts.
  private func take(from consumer: Consumer<[UInt8]>, upTo count: Int) throws -> [[UInt8]] {
    try Interruptions.check()
    do {
      guard let timeout else { return try consumer.get(upTo: count) }
      return try consumer.get(upTo: count, timeout: timeout.duration)
    } catch let error as QueueError where error.code == .timedOut {
      try Interruptions.check()
      throw CommandFailure(.timedOut, "no item within \(timeout?.duration.brief ?? "")")
    }
  }

  private func framed(_ items: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(items.reduce(0) { $0 + $1.count + 4 })
    for item in items {
      if framing.isFramed {
        for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: item.count >> shift)) }
      }
      bytes += item
      if !framing.isFramed { bytes.append(framing.isNull ? 0 : UInt8(ascii: "\n")) }
    }
    return bytes
  }
}

extension IterableQueue<[UInt8]> {
  /// A queue whose items are what the shell shows.
  static func shown(
    _ name: QueueName, _ attaching: AttachingOptions, _ form: ItemKind.Form
  ) throws -> IterableQueue {
    try IterableQueue(
      anyItemsOf: name, ownedBy: attaching.owner, timeout: attaching.wait?.duration
    ) { codec, schema in
      ShownItems(name: codec, kind: ItemKind(codec: codec, schema: schema), form: form)
    }
  }
}

/// Decodes items to what the shell shows, so that what cannot be shown becomes a dead letter.
private struct ShownItems: ItemCodec {
  var name: String
  var kind: ItemKind
  var form: ItemKind.Form

  func encode(_ item: [UInt8], into buffer: inout EncodingBuffer) {
    unsafe buffer.append(contentsOf: item.span.bytes)
  }

  func decode(_ bytes: RawSpan) throws -> [UInt8] {
    do { return try unsafe bytes.withUnsafeBytes { try unsafe kind.show($0, form) } } catch {
      throw Unreadable(description: ItemKind.reason(error))
    }
  }
}

/// What is wrong with an item, without anything of its content.
struct Unreadable: Error, CustomStringConvertible { var description: String }

extension ItemKind {
  /// What is wrong with an item, without anything of its content.
  static func reason(_ error: any Error) -> String {
    if case .dataCorrupted(let context)? = error as? DecodingError {
      return context.debugDescription
    }
    return "\(error)"
  }

  /// Whether the items are neither text nor bytes nor numbers, so that the input is JSON.
  var isAnyValue: Bool {
    if case .scalar = encoding { return false }
    if case .opaque = encoding { return false }
    return content == .value
  }
}
