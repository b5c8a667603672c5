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

  @Flag(help: "Take it away also if it is another user's.")
  var anyOwner = false

  func run() throws {
    for name in names {
      do { try QueueName(name).remove(ownedBy: anyOwner ? .anyone : .me) } catch let error
        as QueueError
        where force && error.code == .notFound
      {}
    }
  }
}
