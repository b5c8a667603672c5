internal import ArgumentParser
internal import Glibc
internal import IterableQueues

struct DeadCommand: ParsableCommand, AnyOwnerCommand {
  static let configuration = CommandConfiguration(
    commandName: "dead",
    abstract: "Shows the dead letters of a queue, offers them again, or drops them.",
    discussion: """
      An item becomes a dead letter when it was delivered as often as the queue allows and each time \
      its consumer died or rejected it, or when it could not be read.

      EXAMPLES
        iq dead jobs
        iq dead --json jobs | jq .item
        iq dead --requeue jobs
      """)

  @OptionGroup var queue: QueueArgument
  @Flag(help: "Offer them to consumers again, as if they had never been delivered.")
  var requeue = false
  @Flag(help: "Drop them.")
  var discard = false
  @OptionGroup var owner: OwnerOptions
  @OptionGroup var listing: ListingOptions

  func validate() throws {
    if requeue && discard { throw ValidationError("--requeue and --discard exclude each other.") }
  }

  func run() throws {
    let queue = try IterableQueue<[UInt8]>(
      inspecting: queue.queueName(), ownedBy: requeue || discard ? owner.owner : .anyone)
    if requeue { return try queue.requeueDeadLetters() }
    if discard { return try queue.discardDeadLetters() }
    let about = try queue.about
    let kind = ItemKind(codec: about.codec, schema: about.schema)
    let output = OutputDescriptor(STDOUT_FILENO)
    Interruptions.note()
    var table = Table([("TIME", .left), ("DELIVERED", .right), ("REASON", .left), ("ITEM", .left)])
    let letters = try queue.deadLetters()
    for letter in letters {
      let item = Self.json(letter.bytes, kind)
      let time = Timestamp.text(Int(letter.time.components.seconds))
      let reason =
        switch letter.reason {
        case .deliveriesExhausted: "delivered too often"
        case .undecodable(let text): "cannot be read: \(text)"
        }
      if listing.isJSON {
        var object = JSONObject()
        object.set("time", time)
        object.set("deliveries", letter.attempts)
        object.set("reason", reason)
        if let item { object.set("item", raw: item) }
        object.set("bytes", String(decoding: ByteText.base64.write(letter.bytes), as: UTF8.self))
        try output.write(object.line)
      } else {
        let shown =
          item.map { String(decoding: $0, as: UTF8.self) } ?? "(\(letter.bytes.count) bytes)"
        table.add([(time, nil), ("\(letter.attempts)", nil), (reason, .yellow), (shown, nil)])
      }
    }
    if listing.isJSON || letters.isEmpty { return }
    let width = Terminal.output.isTerminal ? Terminal.output.size.columns : nil
    for line in table.lines(.output, width: width) { try output.write(line + "\n") }
  }

  /// Nil if the item is not what the queue's items are.
  private static func json(_ bytes: [UInt8], _ kind: ItemKind) -> [UInt8]? {
    try? unsafe bytes.withUnsafeBytes { try unsafe kind.show($0, .json) }
  }
}
