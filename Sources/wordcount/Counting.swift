import IterableQueues

/// Counts in this process, without any queue.
func countAlone(_ paths: [String]) throws -> WordTable {
  var words = WordCounter()
  var reader = PieceReader()
  var jobs = JobBuilder()
  var progress = Progress()
  let count = { (job: Job) in
    for piece in job.pieces {
      if let problem = reader.count(piece, into: &words) { progress.report(problem) }
    }
    progress.show(bytes: reader.bytes, files: reader.files, words: words.table.count)
  }
  let tree = FileTree {
    jobs.add($0, bytes: $1, to: count)
  } problem: {
    progress.report($0)
  }
  try tree.walk(paths)
  jobs.finish(count)
  progress.finish()
  return words.table
}

/// Counts with a process that finds the files, `workers` processes that read them, and this one,
/// which merges what they find while they work.
func countTogether(_ paths: [String], workers count: Int) throws -> WordTable {
  let jobs = try IterableQueue<Job>(), tallies = try IterableQueue<Tally>()
  let workers = WorkerGroup(failFast: true)

  try workers.fork(
    jobs.makeProducer(), tallies.makeProducer(),
    options: Worker.Options(name: "feeder", diesWithParent: true)
  ) { jobs, tallies in
    var builder = JobBuilder()
    let tree = FileTree {
      try builder.add($0, bytes: $1, to: jobs.put)
    } problem: {
      try tallies.put(Tally($0))
    }
    try tree.walk(paths)
    try builder.finish(jobs.put)
  }
  try workers.fork(count: count, options: Worker.Options(name: "counter", diesWithParent: true)) {
    (try jobs.makeConsumer(), try tallies.makeProducer())
  } body: { jobs, tallies in
    try countWords(of: jobs, into: tallies)
  }
  let found = try tallies.makeConsumer()
  jobs.close()
  tallies.close()

  var table = WordTable()
  var progress = Progress()
  var bytes = 0, files = 0
  for tally in found {
    for problem in tally.problems { progress.report(problem) }
    tally.merge(into: &table)
    bytes += tally.bytes
    files += tally.files
    progress.show(bytes: bytes, files: files, words: table.count)
  }
  progress.finish()
  if let failure = found.failure { throw failure }
  try workers.wait()
  return table
}

/// How many bytes a worker counts before it sends what it has found: so many that finding them took
/// far longer than sending and merging, which is work that one process alone does not have.
private let bytesPerTally = 64 << 20

/// Counts the words of the jobs that it gets, and sends what it has found from time to time.
///
/// A worker that dies takes with it what it has not sent yet; then `wait()` throws, and no counts
/// are printed.
private func countWords(of jobs: Consumer<Job>, into tallies: Producer<Tally>) throws {
  var words = WordCounter()
  var reader = PieceReader()
  var bytes = 0, files = 0, unsent = 0
  for job in jobs {
    for piece in job.pieces {
      if let problem = reader.count(piece, into: &words) { try tallies.put(Tally(problem)) }
    }
    try tallies.put(Tally(bytes: reader.bytes - bytes, files: reader.files - files))
    unsent += reader.bytes - bytes
    (bytes, files) = (reader.bytes, reader.files)
    if unsent >= bytesPerTally {
      try Tally.drain(&words.table) { try tallies.put($0) }
      unsent = 0
    }
  }
  if let failure = jobs.failure { throw failure }
  try Tally.drain(&words.table) { try tallies.put($0) }
}
