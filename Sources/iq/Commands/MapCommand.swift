internal import ArgumentParser
internal import CIterableQueue
internal import Glibc
internal import IterableQueues

struct MapCommand: ParsableCommand, AttachingCommand {
  static let configuration = CommandConfiguration(
    commandName: "map",
    abstract:
      "Runs a command for each line of standard input, or item of a queue, several at a time.",
    usage: "iq map [<options>] [--] <command> [<word> ...]",
    discussion: """
      {} in the words of COMMAND stands for the line, as one argument, whatever it contains; without \
      {} the line is the last argument. Standard input of the jobs is empty. What a job writes is \
      shown in one piece, in the order of the lines; a job whose turn it is writes through. Large \
      output waits in a file in $TMPDIR.

      A job fails if its exit status is not 0, if a signal kills it, or if it takes too long. \
      Failures are reported by the number of the line; --joblog has the commands. Jobs have process \
      groups of their own: when iq ends, however it ends, so do they. ^C asks them to end, and a \
      second ^C or five seconds later they are killed.

      The job log is a table with tabs between its columns, which are those of GNU parallel: Seq, the \
      number of the line; Host, ":"; Starttime, in seconds since 1970; JobRuntime, in seconds; Send, 0; \
      Receive, how many bytes the job wrote to standard output; Exitval, 127 if it could not be started \
      and -1 if it took too long; Signal, the number of the one that killed it, or 0; Command. A job \
      that is run again has one row, for its last attempt.

      With --from the lines are the items of a queue, as `iq get` shows them, until the queue ends; \
      other `iq map` may share them. An item is acknowledged when its job has succeeded and the output \
      is written: if iq is killed, another consumer gets it. If its job fails, it is offered again, as \
      often as the queue allows, and is a dead letter then. The output of each job is shown when it ends.

      EXAMPLES
        ls *.png | iq map -- optipng -quiet    as many as there are CPUs
        ls *.wav | iq map -j 8 -- lame {} {}.mp3
        find . -name '*.gz' -print0 | iq map --null -- gzip --test
        iq map --retries 2 --timeout 30s --joblog log -- curl -sSf <urls >pages
        iq map --from jobs -j 4 -- ./work
        seq 100 | iq map --unordered --progress -- sh -c 'sleep 1; echo "$1"' sh

      EXIT STATUS
        0 all jobs succeeded; 123 some failed; 126 COMMAND cannot be run; 127 COMMAND was not found; \
      others as in `iq --help`.
      """)

  @Option(
    name: [.customShort("j", allowingJoined: true), .long],
    help: ArgumentHelp("How many jobs run at a time (default: the number of CPUs).", valueName: "n")
  )
  var jobs: Int?

  @Option(
    help: ArgumentHelp("Take items of this queue, not standard input.", valueName: "name"),
    completion: .queueNames)
  var from: String?

  @OptionGroup var attaching: AttachingOptions

  @Flag(name: [.customShort("0"), .customLong("null")], help: "Lines end with NUL, not newline.")
  var isNull = false

  @Flag(name: .customLong("unordered"), help: "Show the output of each job when it ends.")
  var isUnordered = false

  @Option(help: ArgumentHelp("Run a job that fails up to so many times more.", valueName: "n"))
  var retries = 0

  @Flag(help: "After a failure start no further job; those that run finish.")
  var haltOnError = false

  @Option(
    help: ArgumentHelp(
      "How long a job may run: seconds, or 500ms, 30s, 5m, 1h. Then SIGTERM, and after 5s SIGKILL.",
      valueName: "time"),
    transform: TimeSpan.parse)
  var timeout: TimeSpan?

  @Flag(
    inversion: .prefixedNo,
    help: "Say how far it is (default: if only standard error is a terminal).")
  var progress: Bool?

  @Option(
    help: ArgumentHelp(
      "Write a row for each job, in the columns of GNU parallel.", valueName: "file"),
    completion: .file())
  var joblog: String?

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The command and its arguments.", valueName: "command"),
    completion: .shellCommand("compgen -c"))
  var command: [String] = []

  func validate() throws {
    if let jobs, !(1...10_000).contains(jobs) {
      throw ValidationError("-j \(jobs): choose a number from 1 to 10000.")
    }
    if from == nil, attaching.wait != nil || attaching.anyOwner {
      throw ValidationError("--wait and --any-owner are for a queue: say which, by --from.")
    }
    if from != nil, isNull {
      throw ValidationError("--null is for standard input, not for --from.")
    }
    if retries < 0 { throw ValidationError("--retries \(retries): must not be negative.") }
    if timeout?.duration == .zero {
      throw ValidationError("--timeout 0: no job could run; leave it out for no limit.")
    }
    // What is no option of ours is taken for the command.
    if let first = command.first, first.hasPrefix("-"), first != "--" {
      if ["-h", "--help"].contains(first) { throw CleanExit.helpRequest(Self.self) }
      throw ValidationError("Unknown option '\(first)'")
    }
    if words.isEmpty { throw ValidationError("Say which command to run: iq map -- COMMAND") }
  }

  /// The words of COMMAND as bytes: they need not be UTF-8.
  private var words: [[UInt8]] {
    let count = command.first == "--" ? command.count - 1 : command.count
    return Array(Words.all.suffix(count))
  }

  func run() throws {
    let jobCommand = try JobCommand(words)
    if let joblog { try Words.checkUTF8(joblog, "the job log's path") }
    let log = try joblog.map { try JobLog($0) }
    let showsProgress = progress ?? (Terminal.error.isTerminal && !Terminal.output.isTerminal)
    let queue = try from.map { try QueueLines(.shown(QueueName(argument: $0), attaching, .plain)) }
    Interruptions.note(children: true)
    let runner = try JobRunner(
      JobRunner.Options(
        workers: jobs ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
        isOrdered: !isUnordered && queue == nil, retries: retries, haltsOnError: haltOnError,
        showsProgress: showsProgress, timeout: timeout?.duration),
      jobCommand, queue ?? StandardInputLines(isNull ? .null : .lines), log)
    let failed = try runner.run()
    if failed > 0 {
      var text = "\(failed) of \(counted(runner.done, "job")) failed"
      if runner.inputIsOpen {
        text +=
          queue == nil
          ? "; lines from \(runner.started + 1) on were not run" : "; other items stay in the queue"
      }
      throw CommandFailure(.jobsFailed, text)
    }
    if let unreadable = queue?.unreadable, unreadable > 0 {
      throw CommandFailure(
        .badData, "\(counted(unreadable, "item")) could not be read; see `iq dead`"
      )
    }
  }
}
