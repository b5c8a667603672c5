import Glibc
import IterableQueues
import RingBuffer
import SharedMemory

/// What this process has open and mapped.
struct Belongings {
  var descriptors = 0
  var mappings = 0
  /// Private memory.
  var kilobytes = 0

  init() {
    guard let folder = unsafe opendir("/proc/self/fd") else { return }
    while unsafe readdir(folder) != nil { descriptors += 1 }
    unsafe closedir(folder)
    mappings = Self.lines("/proc/self/maps").count
    for line in Self.lines("/proc/self/status") where line.hasPrefix("RssAnon:") {
      kilobytes = Int(line.split { $0 == " " || $0 == "\t" }[1]) ?? 0
    }
  }

  private static func lines(_ path: String) -> [Substring] {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    if file < 0 { return [] }
    defer { close(file) }
    var all: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    while case let count = unsafe read(file, &bytes, bytes.count), count > 0 {
      all += bytes[..<count]
    }
    return String(decoding: all, as: UTF8.self).split(separator: "\n")
  }
}

/// What a forked worker that is given nothing makes its endpoints of; a program finds it by its name.
nonisolated(unsafe) private var current: IterableQueue<Int>?

private let liveWithEndpoints = Work("live-with-endpoints") {
  (given, producer: Producer<Int>, consumer: Consumer<Int>) in
  try live(given.numbers[0], producer, consumer)
}
private let liveByItself = Work("live-by-itself") { given in
  let queue = try unsafe current ?? IterableQueue(attachingTo: QueueName(given.texts[0]))
  try live(given.numbers[0], queue.makeProducer(), queue.makeConsumer())
}

let generationWorks: [any AnyWork] = [liveWithEndpoints, liveByItself]

/// What a queue's memory takes of the machine's, in blocks of 512 bytes.
private func blocks(of ring: Ring) -> Int {
  var info = stat()
  unsafe fstat(ring.segment.descriptor, &info)
  return Int(info.st_blocks)
}

/// Many workers, one after the other, on one queue. Each puts its number and takes one; the last
/// thing it does is by turns to return, to leave without a word, to be killed.
let generationScenarios: [String: Scenario] = [
  "generations": { arguments in
    let count = Int(arguments[0]) ?? 2000, batch = 100
    let before = Belongings()
    try live(generations: count, inBatchesOf: batch)
    let after = Belongings()
    expect(hasNoChildren, "a process is left")
    // One descriptor is kept for bad times.
    expect(after.descriptors <= before.descriptors + 1, "descriptors: \(before), \(after)")
    expect(after.mappings <= before.mappings + 16, "mappings: \(before), \(after)")
    expect(after.kilobytes <= before.kilobytes + 16 << 10, "memory: \(before), \(after)")
    say("before: \(before)\nafter: \(after)")
  }
]

private func live(generations count: Int, inBatchesOf batch: Int) throws {
  let configuration = QueueConfiguration(maxEndpoints: 256, maxDeliveries: 127)
  let name = try QueueName("scenario.generations.\(getpid())")
  let queue =
    areWorkersSpawned
    ? try IterableQueue<Int>(named: name, configuration: configuration)
    : try IterableQueue<Int>(configuration: configuration)
  unsafe current = queue
  defer { unsafe current = nil }
  let consumer = try queue.makeConsumer()
  let ring = consumer.endpointCore.ring
  var steady: (blocks: Int, belongings: Belongings)?
  var acknowledged = 0, taken = 0, number = 0
  let begin = ContinuousClock.now
  while number < count {
    var workers: [Worker] = []
    for _ in 0..<min(batch, count - number) {
      let own = number
      // Half of them get their endpoints from here, the others make them.
      workers.append(
        own % 2 == 0
          ? try start(
            liveWithEndpoints, queue.makeProducer(), queue.makeConsumer(),
            given: Given(numbers: [own]))
          : try start(liveByItself, given: Given(numbers: [own], texts: ["\(name)"])))
      if own % 3 == 0 { acknowledged += 1 }
      number += 1
    }
    for worker in workers { try? worker.wait() }
    // What those left that did not acknowledge.
    while acknowledged + taken < number {
      guard try consumer.get() != nil else { fail("the end came early") }
      taken += 1
    }
    consumer.acknowledge()
    if number % 10_000 == 0 {
      let (seconds, now) = ((ContinuousClock.now - begin).components.seconds, Belongings())
      say("\(number) workers after \(seconds) s, \(blocks(of: ring)) blocks, \(now)")
    }
    if let steady {
      // A buffer for each consumer that there may be at a time, and no more.
      let bound = steady.blocks + ring.geometry.maxEndpoints * ring.geometry.inFlightBytes / 512
      expect(blocks(of: ring) <= bound, "\(blocks(of: ring)) blocks, at most \(bound) expected")
      // Up to 256 pidfds are kept before all are forgotten.
      let now = Belongings()
      expect(now.descriptors <= steady.belongings.descriptors + 256, "\(now)")
      expect(now.mappings <= steady.belongings.mappings + 16, "\(now)")
      expect(now.kilobytes <= steady.belongings.kilobytes + 16 << 10, "\(now)")
    } else if number >= 5 * batch {
      steady = (blocks(of: ring), Belongings())
    }
  }
  let statistics = queue.statistics
  expectEqual(statistics.count + statistics.inFlight + statistics.orphaned, 0)
  expectEqual(statistics.deadLetters + statistics.deadLettersDropped, 0)
  expectEqual(Int(statistics.itemsPut), count)
  eventually { queue.statistics.producers == 0 && queue.statistics.consumers == 1 }
  expectEqual(queue.statistics.lostProducers, count - acknowledged)
  expectEqual(queue.statistics.lostConsumers, count - acknowledged)
  say(
    "\(count) workers, \(acknowledged) returned, \(taken) items left by the others, "
      + "\(blocks(of: ring)) blocks of shared memory, \(steady?.blocks ?? 0) after 500 workers, "
      + "\((ContinuousClock.now - begin).components.seconds) s")
}

private func live(_ number: Int, _ producer: Producer<Int>, _ consumer: Consumer<Int>) throws {
  try producer.put(number)
  // There are as many items as workers that have none yet, or more.
  guard try consumer.get() != nil else { fail("the end came early") }
  switch number % 3 {
  case 0: consumer.acknowledge()
  case 1: _exit(0)
  default: raise(SIGKILL)
  }
}
