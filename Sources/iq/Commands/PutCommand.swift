internal import ArgumentParser
internal import CIterableQueue
internal import Glibc
internal import IterableQueues

struct PutCommand: ParsableCommand, AttachingCommand {
  static let configuration = CommandConfiguration(
    commandName: "put",
    abstract: "Puts items into a queue: its arguments, or what it reads.",
    usage: "iq put <name> [<value> ...] [<options>]",
    discussion: """
      Lines become text, bytes or numbers, as the queue's items are; for queues of anything else, \
      and with --json, the input is JSON values, one after another. With --null or --framed each \
      record is an item. What has been put stays put if a later item is refused.

      EXAMPLES
        iq put jobs one two three
        find . -print0 | iq put --null jobs
        echo '{"url": "https://example.org", "depth": 1}' | iq put --json pages
        iq get --raw --framed a | iq put --raw --framed b
      """)

  @OptionGroup var queue: QueueArgument

  @Argument(help: "Items; without any, standard input is read.")
  var values: [String] = []

  @OptionGroup var framing: FramingOptions

  @Option(
    help: ArgumentHelp("How long an item may wait for room.", valueName: "time"),
    transform: TimeSpan.parse)
  var timeout: TimeSpan?

  @OptionGroup var attaching: AttachingOptions

  func validate() throws {
    if !values.isEmpty, framing.isNull || framing.isFramed {
      throw ValidationError("--null and --framed are for standard input, not for arguments.")
    }
  }

  func run() throws {
    let queue = try IterableQueue<[UInt8]>(
      bytesOf: queue.queueName(), ownedBy: attaching.owner, timeout: attaching.wait?.duration)
    let about = try queue.about
    var input = ItemInput(
      kind: ItemKind(codec: about.codec, schema: about.schema), form: framing.form,
      producer: try queue.makeProducer(), timeout: timeout?.duration)
    Interruptions.note()
    if values.isEmpty {
      try readInput(&input, about)
    } else {
      for value in Words.bytes(ofLast: values) { try input.put(value, "argument") }
      try input.flush("argument")
    }
    input.producer.close()
  }

  private func readInput(_ input: inout ItemInput, _ about: QueueAbout) throws {
    let isStream = framing.isJSON || (input.kind.isAnyValue && !framing.isRaw)
    let style: Framing =
      framing.isNull ? .null : framing.isFramed ? .frames : isStream ? .values : .lines
    // The text of a JSON value may be much longer than its item.
    var splitter = RecordSplitter(
      style, limit: framing.isRaw || !isStream ? about.configuration.maxItemBytes : 1 << 30)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      do { while let record = try splitter.next() { try input.put(record, style.noun) } } catch {
        // What was refused comes after what was read before it.
        try input.flush(style.noun)
        throw error
      }
      try input.flush(style.noun)
      if splitter.isFinished { return }
      let count = try unsafe chunk.withUnsafeMutableBytes {
        try unsafe StandardInput.read(into: $0)
      }
      if count == 0 { splitter.finish() }
      unsafe chunk.withUnsafeBytes {
        unsafe splitter.append(UnsafeRawBufferPointer(rebasing: $0[..<count]))
      }
    }
  }
}

/// Puts records of the shell into a queue.
struct ItemInput {
  let kind: ItemKind
  let form: ItemKind.Form
  let producer: Producer<[UInt8]>
  let timeout: Duration?
  /// Items that are put together,.
  private var items: [[UInt8]] = []
  private var bytes = 0

  init(
    kind: ItemKind, form: ItemKind.Form, producer: Producer<[UInt8]>, timeout: Duration?
  ) {
    self.kind = kind
    self.form = form
    self.producer = producer
    self.timeout = timeout
  }

  /// How many records were put.
  private(set) var count = 0

  /// Takes a record; `noun` is what records are called. Throws a `CommandFailure` that says which
  /// one was refused, or `Interrupted`. Those before it are put.
  mutating func put(_ record: [UInt8], _ noun: String) throws {
    let item: [UInt8]
    do { item = try kind.encode(record, form) } catch {
      let place = count + items.count + 1
      try flush(noun)
      throw CommandFailure(.badData, "\(noun) \(place): \(error)")
    }
    items.append(item)
    bytes += item.count
    if items.count == 256 || bytes >= 1 << 15 { try flush(noun) }
  }

  /// Puts what was taken.
  mutating func flush(_ noun: String) throws {
    defer {
      items.removeAll(keepingCapacity: true)
      bytes = 0
    }
    do {
      try Interruptions.check()
      if let timeout {
        for item in items {
          try producer.put(item, timeout: timeout)
          count += 1
        }
      } else {
        try producer.put(contentsOf: items)
        count += items.count
      }
    } catch var error as QueueError {
      try Interruptions.check()
      count += error.acceptedItems ?? 0
      error.acceptedItems = nil
      let failure = CommandFailure(error)
      throw CommandFailure(failure.status, "\(noun) \(count + 1): \(failure.description)")
    }
  }
}

enum StandardInput {
  /// Waits for input. Returns 0 at its end. Throws `Interrupted`, or a `CommandFailure`.
  static func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      var poll = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      _ = unsafe ciq_interruptions_poll(&poll, 1, -1, 0, 0)
      try Interruptions.check()
      if poll.revents == 0 { continue }
      let count = unsafe Glibc.read(STDIN_FILENO, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR && errno != EAGAIN {
        throw CommandFailure(.inputOutput, "reading standard input failed: \(message(errno))")
      }
    }
  }
}
