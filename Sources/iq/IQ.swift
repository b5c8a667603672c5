internal import ArgumentParser
internal import CIterableQueue
internal import Glibc
internal import IterableQueues

@main
struct IQ: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "iq",
    abstract: "Queues between processes, from the shell.",
    discussion: """
      Any number of programs, in Swift or in shells, put items into a queue and take items out; each \
      item goes to one of them. Who takes ends by itself when the queue is closed and all who put have \
      ended, also if they were killed. What a killed one had in hand goes to another.

      EXAMPLES
        iq create jobs
        iq get jobs | while read -r job; do work "$job"; done    in some shells
        seq 1000 | iq put jobs; iq close jobs                    in another
        iq top                                                   and watch
        iq rm jobs
        ls *.wav | iq map -j 8 -- lame {} {}.mp3                 without a queue

      \(ExitStatus.table)

      Colours are used on a terminal unless the variable NO_COLOR is set. For completions see \
      `iq --generate-completion-script bash` (or zsh, fish).
      """,
    version: "iq of IterableQueue; its queues have layout \(ciq_layout_version)",
    subcommands: [
      CreateCommand.self, CloseCommand.self, RemoveCommand.self, ListCommand.self,
      StatCommand.self, TopCommand.self, DoctorCommand.self, DeadCommand.self,
      PutCommand.self, GetCommand.self, MapCommand.self,
    ])

  static func main() {
    fillStandardStreams()
    var parsed: (any ParsableCommand)?
    do {
      var command = try parseAsRoot()
      parsed = command
      try command.run()
    } catch let failure as CommandFailure {
      complain(failure.description)
      Glibc.exit(failure.status.rawValue)
    } catch let error as QueueError {
      let failure = CommandFailure(error, of: parsed)
      complain(failure.description)
      Glibc.exit(failure.status.rawValue)
    } catch is BrokenPipe {
      Glibc.exit(ExitStatus.brokenPipe.rawValue)
    } catch is Interrupted {
      ciq_interruptions_die(ciq_interruptions_signal())
    } catch {
      let text = message(for: error)
      if parsed == nil, CommandLine.arguments.dropFirst().first == "put",
        text.hasPrefix("Unknown option")
      {
        complain("after -- it is an item: iq put NAME -- -5")
      }
      exit(withError: error)
    }
  }

  /// A file that is opened must not become a standard stream that was closed.
  private static func fillStandardStreams() {
    for stream in STDIN_FILENO...STDERR_FILENO where fcntl(stream, F_GETFD) < 0 {
      // To use it is an error all the same: nothing is lost there in silence.
      _ = unsafe open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
