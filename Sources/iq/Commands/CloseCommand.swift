internal import ArgumentParser
internal import IterableQueues

struct CloseCommand: ParsableCommand, AnyOwnerCommand {
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

  @OptionGroup var owner: OwnerOptions

  func run() throws {
    try forEach(names) { name in
      let queue = try IterableQueue<[UInt8]>(inspecting: name, ownedBy: owner.owner)
      if cancel { queue.cancel() } else { queue.close() }
    }
  }
}
