internal import ArgumentParser
internal import CIterableQueue
internal import Glibc
internal import IterableQueues

struct PutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "put",
    abstract: "Puts items into a queue: its arguments, or what it reads.",
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

  @Option(help: ArgumentHelp("How long an item may wait for room.", valueName: "time"))
  var timeout: TimeSpan?

  @Option(help: ArgumentHelp("How long to wait for the queue to be made.", valueName: "time"))
  var wait: TimeSpan?

  func run() throws {
    let queue = try IterableQueue<[UInt8]>(
      bytesOf: queue.queueName(), timeout: wait?.duration)
    let about = try queue.about
    let input = ItemInput(
      kind: ItemKind(codec: about.codec, schema: about.schema), form: framing.form,
      producer: try queue.makeProducer(), timeout: timeout?.duration)
    Interruptions.note()
    if values.isEmpty {
      try readInput(input, about)
    } else {
      for (index, value) in values.enumerated() {
        try input.put(Array(value.utf8), "argument \(index + 1)")
      }
    }
    input.producer.close()
  }

  private func readInput(_ input: ItemInput, _ about: QueueAbout) throws {
    let isStream = framing.isJSON || (input.kind.isAnyValue && !framing.isRaw)
    let style: Framing =
      framing.isNull ? .null : framing.isFramed ? .frames : isStream ? .values : .lines
    // The text of a JSON value may be much longer than its item.
    var splitter = RecordSplitter(
      style, limit: framing.isRaw || !isStream ? about.configuration.maxItemBytes : 1 << 30)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      while let record = try splitter.next() {
        try input.put(record, "\(style.noun) \(splitter.count)")
      }
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
  var kind: ItemKind
  var form: ItemKind.Form
  var producer: Producer<[UInt8]>
  var timeout: Duration?

  /// Throws a `CommandFailure` that names the record as `place` does, or `Interrupted`.
  func put(_ record: [UInt8], _ place: @autoclosure () -> String) throws {
    let item: [UInt8]
    do { item = try kind.encode(record, form) } catch {
      throw CommandFailure(.badData, "\(place()): \(error)")
    }
    do {
      if try !producer.tryPut(item) { try wait(item) }
    } catch let error as QueueError {
      let failure = CommandFailure(error)
      throw CommandFailure(failure.status, "\(place()): \(failure.description)")
    }
  }

  /// In short steps, so that a signal is noticed.
  private func wait(_ item: [UInt8]) throws {
    let deadline = timeout.map { ContinuousClock.now + $0 }
    while true {
      try Interruptions.check()
      let left = deadline.map { $0 - .now }
      do {
        return try producer.put(
          item, timeout: max(.zero, min(left ?? .interruptionStep, .interruptionStep)))
      } catch let error as QueueError where error.code == .timedOut {
        if let left, left <= .interruptionStep {
          throw CommandFailure(.timedOut, "no room for an item within \(timeout?.brief ?? "")")
        }
      }
    }
  }
}

extension Duration {
  /// How long it takes at most until a signal is noticed.
  static var interruptionStep: Duration { .milliseconds(100) }
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
