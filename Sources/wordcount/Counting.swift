import IterableQueues

/// Counts in this process, without any queue.
func countAlone(_ paths: [String]) throws -> WordTable {
  var table = WordTable()
  var reader = PieceReader()
  var jobs = JobBuilder()
  var progress = Progress()
  let count = { (job: Job) in
    for piece in job.pieces {
      if let problem = reader.count(piece, into: &table) { progress.report(problem) }
    }
    progress.show(bytes: reader.bytes, files: reader.files, words: table.count)
  }
  let tree = FileTree {
    jobs.add($0, bytes: $1, to: count)
  } problem: {
    progress.report($0)
  }
  try tree.walk(paths)
  jobs.finish(count)
  progress.finish()
  return table
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
    for job in jobs { try countWords(of: job, into: tallies) }
    if let failure = jobs.failure { throw failure }
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

/// Counts a job's words and sends them.
///
/// The queue takes the next `get` as word that the job is done, so everything is sent before.
/// A worker that dies halfway leaves its job to another, and what it had sent is counted twice: then
/// `wait()` throws, and no counts are printed.
private func countWords(of job: Job, into tallies: Producer<Tally>) throws {
  var table = WordTable()
  var reader = PieceReader()
  for piece in job.pieces {
    if let problem = reader.count(piece, into: &table) { try tallies.put(Tally(problem)) }
  }
  try Tally.split(table, bytes: reader.bytes, files: reader.files) { try tallies.put($0) }
}
