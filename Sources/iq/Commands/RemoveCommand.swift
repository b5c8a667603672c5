internal import ArgumentParser
internal import IterableQueues

struct RemoveCommand: ParsableCommand, AnyOwnerCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm",
    abstract:
      "Takes the names of queues away; their memory goes with the last process that uses it.",
    discussion: """
      EXAMPLES
        iq rm jobs pages
        iq rm --force jobs         no complaint if there is none
      """)

  @Argument(help: "The queues' names.", completion: .queueNames)
  var names: [String]

  @Flag(name: [.customShort("f"), .long], help: "A queue that is not there is no error.")
  var force = false

  @OptionGroup var owner: OwnerOptions

  func run() throws {
    try forEach(names) { name in
      do { try name.remove(ownedBy: owner.owner) } catch let error as QueueError
        where force && error.code == .notFound
      {}
    }
  }
}
