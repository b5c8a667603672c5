import CIterableQueue
import Glibc
import IterableQueues
import RingBuffer
import SharedMemory
import SystemPackage

/// A name that no other run has; the process group is this run's.
private func fresh(_ what: String) throws -> QueueName {
  try QueueName("scenario.\(what).\(getpid()).\(UInt32.random(in: 0 ... .max))")
}

private func exists(_ name: QueueName) -> Bool { unsafe access(name.path, F_OK) == 0 }

/// Runs `body` in a child that ends by itself, without a word to the library; returns its status.
private func inChild(_ body: () throws -> Void) -> CInt {
  let child = ciq_fork()
  if child == 0 {
    do { try body() } catch { fail("\(error)") }
    _exit(0)
  }
  var status: CInt = 0
  unsafe waitpid(child, &status, 0)
  return status
}

private let holdByName = Work("hold-by-name") { given in
  let queue = try IterableQueue<Int>(named: QueueName(given.texts[0]))
  let producer = try queue.makeProducer()
  try producer.put(1)
  given.gate.open()
  sleepForEver()
}
private let useByName = Work("use-by-name") { given in
  let queue = try IterableQueue<Int>(
    attachingTo: QueueName(given.texts[0]), timeout: .seconds(40))
  let producer = try queue.makeProducer()
  try producer.put(given.numbers[0])
  producer.close()
}
private let createInTurn = Work("create-in-turn") { (given, winners: Producer<Int>) in
  given.gates[0].pass()
  do {
    let queue = try IterableQueue<Int>(named: QueueName(given.texts[0]))
    try winners.put(given.numbers[0])
    given.gates[1].pass()
    withExtendedLifetime(queue) {}
  } catch let error as QueueError where error.code == .alreadyExists {
    try winners.put(-1)
  }
}
private let attachLate = Work("attach-late") { (given, results: Producer<String>) in
  do {
    let queue = try IterableQueue<Int>(
      attachingTo: QueueName(given.texts[0]), timeout: .seconds(40))
    try results.put("item \(try queue.makeConsumer().get() ?? -1)")
  } catch { try results.put("\(error)") }
}
private let keepEndpoint = Work("keep-endpoint") { (given, items: Consumer<Int>) in
  given.gates[0].open()
  given.gates[1].pass()
  for _ in items {}
}
private let exitWithGlobals = Work("exit-with-globals") { given in
  let queue = try IterableQueue<Int>(named: QueueName(given.texts[0]))
  // As a global would: nobody lets go of it.
  _ = unsafe Unmanaged.passRetained(queue)
  _ = unsafe Unmanaged.passRetained(try queue.makeProducer())
  exit(0)
}

private let attachAsNobody = Work("attach-as-nobody") { given in
  let name = try QueueName(given.texts[0])
  expectEqual(setuid(65534), 0)
  for error in [
    expectThrows(QueueError.self) { _ = try IterableQueue<Int>(attachingTo: name) },
    expectThrows(QueueError.self) {
      _ = try IterableQueue<Int>(attachingTo: name, ownedBy: .anyone)
    }, expectThrows(QueueError.self) { try name.remove() },
  ] {
    expectEqual(error.code, .permissionDenied)
    expect("\(error)".contains("belongs to user 0"), "\(error)")
    expect("\(error)".contains("600"), "\(error)")
  }
  let taken = expectThrows(QueueError.self) { _ = try IterableQueue<Int>(named: name) }
  expectEqual(taken.code, .alreadyExists)
}
private let createAsNobody = Work("create-as-nobody") { given in
  expectEqual(setuid(65534), 0)
  let queue = try IterableQueue<Int>(
    named: QueueName(given.texts[0]),
    configuration: .init(permissions: [.ownerReadWrite, .groupReadWrite, .otherReadWrite]))
  try queue.makeProducer().put(9)
  given.gates[0].open()
  given.gates[1].pass()
  withExtendedLifetime(queue) {}
}

let nameWorks: [any AnyWork] = [
  attachAsNobody, createAsNobody,
  holdByName, useByName, createInTurn, attachLate, keepEndpoint, exitWithGlobals,
]

/// Queues that processes find by a name.
let nameScenarios: [String: Scenario] = [
  "put-by-name": { arguments in
    let queue = try IterableQueue<Int>(attachingTo: QueueName(arguments[0]))
    let producer = try queue.makeProducer()
    try producer.put(Int(arguments[1]) ?? 0)
    producer.close()
  },
  "many-programs-use-one-name": { _ in
    let name = try fresh("many"), workers = WorkerGroup()
    // They wait for the queue.
    for number in 1...10 {
      try start(
        useByName, given: Given(numbers: [number], texts: ["\(name)"]), in: workers)
    }
    let queue = try IterableQueue<Int>(named: name)
    let consumer = try queue.makeConsumer()
    var found: [Int] = []
    while found.count < 10, let item = try consumer.get() { found.append(item) }
    try workers.wait()
    queue.close()
    expectEqual(try consumer.get(), nil)
    expectEqual(found.sorted(), Array(1...10))
    consumer.close()
  },
  "a-killed-owner's-name-is-abandoned-and-replaced": { _ in
    let name = try fresh("abandoned"), isMade = Gate()
    let owner = try start(holdByName, given: Given(isMade, texts: ["\(name)"]))
    isMade.pass()
    let exists1 = expectThrows(QueueError.self) { _ = try IterableQueue<Int>(named: name) }
    expectEqual(exists1.code, .alreadyExists)
    owner.kill()
    _ = expectThrows(WorkerError.self) { try owner.wait() }
    expect(exists(name), "nobody could take the name away")
    expectEqual(QueueDirectory.entry(name)?.state, .abandoned)
    let error = expectThrows(QueueError.self) { _ = try IterableQueue<Int>(attachingTo: name) }
    expectEqual(error.code, .abandoned)
    let queue = try IterableQueue<Int>(named: name)
    expectEqual(queue.count, 0)
    expectEqual(QueueDirectory.entry(name)?.state, .live)
  },
  // ROUNDS: of several creators exactly one wins, also where the dead left the name.
  "of-many-creators-one-wins": { arguments in
    for round in 0..<(Int(arguments[0]) ?? 10) {
      let name = try fresh("race"), go = Gate(), mayEnd = Gate()
      if round % 2 == 0 {
        // Made, and left, by one who is dead.
        expectEqual(
          inChild {
            let queue = try IterableQueue<Int>(named: name)
            _ = unsafe Unmanaged.passRetained(queue)
          }, 0)
        expect(exists(name), "the name was left")
      }
      let winners = try IterableQueue<Int>(), workers = WorkerGroup()
      for number in 0..<6 {
        try start(
          createInTurn, winners.makeProducer(),
          given: Given(go, mayEnd, numbers: [number], texts: ["\(name)"]), in: workers)
      }
      let won = try winners.makeConsumer()
      go.open(for: 6)
      var found: [Int] = []
      for _ in 0..<6 { found.append(try won.get() ?? -2) }
      expectEqual(found.count { $0 >= 0 }, 1)
      expectEqual(found.count { $0 == -1 }, 5)
      mayEnd.open(for: 1)
      try workers.wait()
      expect(!exists(name), "the name has gone with its queue")
    }
  },
  "the-name-goes-with-the-last-process": { _ in
    let name = try fresh("last"), hasStarted = Gate(), mayEnd = Gate()
    var queue: IterableQueue<Int>? = try IterableQueue<Int>(named: name)
    let worker = try start(
      keepEndpoint, queue!.makeConsumer(), given: Given(hasStarted, mayEnd))
    hasStarted.pass()
    queue = nil
    expect(exists(name), "the worker still has an endpoint")
    mayEnd.open()
    try worker.wait()
    expect(!exists(name), "the worker was the last")
  },
  "a-killed-worker-does-not-keep-the-name": { _ in
    let name = try fresh("killed"), hasStarted = Gate(), mayEnd = Gate()
    var queue: IterableQueue<Int>? = try IterableQueue<Int>(named: name)
    let worker = try start(
      keepEndpoint, queue!.makeConsumer(), given: Given(hasStarted, mayEnd))
    hasStarted.pass()
    worker.kill()
    _ = expectThrows(WorkerError.self) { try worker.wait() }
    queue = nil
    expect(!exists(name), "the handle was the last, whatever the dead have left")
  },
  "a-program-that-ends-normally-leaves-no-name": { _ in
    let name = try fresh("exit")
    if areWorkersSpawned {
      try start(exitWithGlobals, given: Given(texts: ["\(name)"])).wait()
    } else {
      let status = inChild { try exitWithGlobals.body(Given(texts: ["\(name)"])) }
      expectEqual(status, 0)
    }
    expect(!exists(name), "the name has gone")
  },
  // Both ways to make a queue, with somebody who waits for it.
  "attaching-waits-for-an-unfinished-queue": { _ in
    let name = try fresh("unfinished"), results = try IterableQueue<String>()
    let heard = try results.makeConsumer()
    let worker = try start(attachLate, results.makeProducer(), given: Given(texts: ["\(name)"]))
    // A creator who is in the middle of it, as on file systems without files that have no name.
    let isHeld = Gate()
    let creator = ciq_fork()
    if creator == 0 {
      let file = unsafe ciq_segment_exclusive(name.path)
      try Segment.holdAsMaker(file, name.path)
      ciq_segment_extend(file, 4096)
      isHeld.open()
      sleepForEver()
    }
    // Before, the file looks like one whose creator has died.
    isHeld.pass()
    let error = expectThrows(QueueError.self) { _ = try IterableQueue<Int>(attachingTo: name) }
    expectEqual(error.code, .notFound)
    expect("\(error)".contains("has not finished"), "\(error)")
    expectEqual(QueueDirectory.entry(name)?.state, .unfinished)
    let busy = expectThrows(QueueError.self) { try name.remove() }
    expectEqual(busy.code, .busy)
    let taken = expectThrows(QueueError.self) { _ = try IterableQueue<Int>(named: name) }
    expectEqual(taken.code, .alreadyExists)
    kill(creator, SIGKILL)
    waitpid(creator, nil, 0)
    // Its lock died with it.
    let queue = try IterableQueue<Int>(named: name)
    let producer = try queue.makeProducer()
    try producer.put(5)
    expectEqual(try heard.get(), "item 5")
    try worker.wait()
  },
  "another-user-cannot-attach": { _ in
    let name = try fresh("user")
    let queue = try IterableQueue<Int>(named: name)
    try start(attachAsNobody, given: Given(texts: ["\(name)"])).wait()
    expect(exists(name), "it is still there")
    withExtendedLifetime(queue) {}
  },
  "a-stranger's-queue-is-refused-unless-it-is-asked-for": { _ in
    let name = try fresh("stranger"), isMade = Gate(), mayEnd = Gate()
    let stranger = try start(
      createAsNobody, given: Given(isMade, mayEnd, texts: ["\(name)"]))
    isMade.pass()
    let error = expectThrows(QueueError.self) { _ = try IterableQueue<Int>(attachingTo: name) }
    expectEqual(error.code, .permissionDenied)
    expect("\(error)".contains("belongs to user 65534"), "\(error)")
    let taken = expectThrows(QueueError.self) { _ = try IterableQueue<Int>(named: name) }
    expectEqual(taken.code, .alreadyExists)
    do {
      let queue = try IterableQueue<Int>(attachingTo: name, ownedBy: .user(65534))
      let consumer = try queue.makeConsumer()
      expectEqual(try consumer.get(), 9)
      consumer.close()
    }
    mayEnd.open()
    try stranger.wait()
    expect(!exists(name), "the owner took it away")
  },
  "the-permissions-do-not-depend-on-the-umask": { _ in
    let name = try fresh("umask")
    for mask in [0, 0o777] {
      umask(mode_t(mask))
      for permissions in [UInt16(0o600), 0o660] {
        let queue = try IterableQueue<Int>(
          named: name, configuration: .init(permissions: .init(rawValue: mode_t(permissions))))
        expectEqual(QueueDirectory.entry(name)?.permissions.rawValue, mode_t(permissions))
        withExtendedLifetime(queue) {}
      }
    }
  },
  "can-mount": { _ in if !mountSmallFolder() { _exit(3) } },
  // /dev/shm has 1 MB: making a queue, a consumer, or a dead letter may fail, and nothing is left.
  "a-full-folder-is-an-error": { _ in
    expect(mountSmallFolder(), "a file system cannot be mounted: errno \(errno)")
    let name = try fresh("full")
    let tooLarge = expectThrows(QueueError.self) { _ = try IterableQueue<Int>(named: name) }
    expectEqual(tooLarge.code, .noSpace)
    expect(!exists(name), "nothing is left")
    let configuration = QueueConfiguration(
      maxItemBytes: 1 << 16, ringBytes: 1 << 18, maxEndpoints: 64)
    let queue = try IterableQueue<[UInt8]>(named: name, configuration: configuration)
    let producer = try queue.makeProducer()
    var consumers: [Consumer<[UInt8]>] = []
    let full = expectThrows(QueueError.self) {
      while true { consumers.append(try queue.makeConsumer()) }
    }
    expectEqual(full.code, .noSpace)
    expect(consumers.count > 2, "\(consumers.count) consumers")
    // What exists goes on.
    for number in 0..<100 {
      try producer.put([UInt8](repeating: UInt8(number), count: 60_000))
      expectEqual(try consumers[number % 2].get()?.count, 60_000)
      consumers[number % 2].acknowledge()
    }
    let early = try fresh("early")
    let error = expectThrows(QueueError.self) {
      _ = try IterableQueue<Int>(testingVisibleEarly: early)
    }
    expectEqual(error.code, .noSpace)
    expect(!exists(early), "nothing is left")
  },
]

/// Gives this process a /dev/shm of 1 MB. Returns whether it may.
private func mountSmallFolder() -> Bool {
  typealias Unshare = @convention(c) (CInt) -> CInt
  let unshare = unsafe unsafeBitCast(dlsym(nil, "unshare"), to: Unshare.self)
  let newMounts: CInt = 0x20000
  return unsafe unshare(newMounts) == 0
    && mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0
    && mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=1m") == 0
}
