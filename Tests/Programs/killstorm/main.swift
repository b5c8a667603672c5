// Kills producers and consumers of a pipeline at random, and accounts for every item by its number.
//
// Run by Scripts/killstorm.sh, whose head says what the arguments are.
import Glibc
import SharedMemory

if let assignment = Assignment(Array(CommandLine.arguments.dropFirst())) { assignment.work() }
let options = Options(CommandLine.arguments.dropFirst())
if let kills = options.measuredKills {
  try Waits.measure(kills: kills)
  exit(0)
}
let shared = SharedMemoryOfStorm()
let start = Deadline.now
let end = Deadline(after: .seconds(options.seconds))
var total = Tally()
var before: Surroundings?
var rounds = 0

say(
  "seed \(options.seed), \(options.seconds) s, items \(options.items.rawValue), "
    + "\(options.areWorkersSpawned ? "spawned" : "forked") workers")
Alarm.start(shared.board)
while !end.isPast && total.isClean {
  let left = Double(end.nanoseconds - min(end.nanoseconds, Deadline.now.nanoseconds)) / 1e9
  // Each round has a seed of its own, which alone repeats it.
  let seed = options.seed &+ UInt64(rounds) &* 0x1_0000_0000_0003
  let seconds = min(left, options.roundSeconds)
  let isRaw = options.items == .raw || options.items == .both && rounds % 2 == 0
  let roundStart = Deadline.now
  var tally: Tally
  do {
    if isRaw {
      var round = try Round<Int>(shared, seed: seed, areWorkersSpawned: options.areWorkersSpawned)
      tally = try round.run(seconds: seconds, meanPause: options.meanPause)
    } else {
      var round = try Round<Parcel>(
        shared, seed: seed, areWorkersSpawned: options.areWorkersSpawned)
      tally = try round.run(seconds: seconds, meanPause: options.meanPause)
    }
  } catch {
    tally = Tally()
    tally.fault("the parent threw: \(error)")
  }
  rounds += 1
  let now = Surroundings()
  if now.hasChildren { tally.fault("a process is left") }
  // The first two rounds fill what stays: one of each kind.
  if rounds == 2 { before = now }
  if let before {
    if now.descriptors > before.descriptors || now.memoryFiles > before.memoryFiles
      || now.mappings > before.mappings + 16
    {
      tally.fault("something leaks: \(before), now \(now)")
    }
    if now.kilobytes > before.kilobytes + (16 << 10) {
      tally.fault("memory leaks: \(before), now \(now)")
    }
  }
  let took = Double(Deadline.now.nanoseconds - roundStart.nanoseconds) / 1e9
  say("round \(rounds) (\(isRaw ? "raw" : "cbor"), seed \(seed)): \(tally.line(took)); \(now)")
  total.add(tally)
}

let took = Double(Deadline.now.nanoseconds - start.nanoseconds) / 1e9
say(total.summary(took))
say("in all: \(total.line(took))")
exit(total.isClean ? 0 : 1)
