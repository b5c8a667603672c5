internal import ArgumentParser
internal import IterableQueues

struct CloseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "close",
    abstract: "Lets no further producer in: consumers end when those that there are have ended.",
    discussion: """
      EXAMPLES
        iq close jobs
        iq close --cancel jobs     everybody ends now, and what is left is dropped
      """)

  @Argument(help: "The queues' names.", completion: .queueNames)
  var names: [String]

  @Flag(help: "End everybody at once, and drop what is left.")
  var cancel = false

  func run() throws {
    for name in names {
      let queue = try IterableQueue<[UInt8]>(inspecting: QueueName(name))
      if cancel { queue.cancel() } else { queue.close() }
    }
  }
}
