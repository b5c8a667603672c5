import Dispatch
import Glibc
import IterableQueues
import SharedMemory
import SystemPackage

private let variable = "ITERABLE_QUEUE_INHERITED"

private let putOne = Work("spawn-put-one") { (_, items: Producer<Int>) in try items.put(1) }
private let handOn = Work("spawn-hand-on") { (_, items: Consumer<Int>, results: Producer<Int>) in
  for item in items { try results.put(item + 1) }
}
/// Takes up by hand what it was told of.
private let claim = Work("spawn-claim") { _ in
  let items = try Producer<Int>(inherited: "items")
  try items.put(1)
}
private let claimOtherType = Work("spawn-claim-other-type") { _ in
  _ = try Producer<String>(inherited: "items")
}
private let claimOtherKind = Work("spawn-claim-other-kind") { _ in
  _ = try Consumer<Int>(inherited: "items")
}
private let claimOtherName = Work("spawn-claim-other-name") { _ in
  _ = try Producer<Int>(inherited: "jobs")
}
private let claimTwice = Work("spawn-claim-twice") { _ in
  let items = try Producer<Int>(inherited: "items")
  try items.put(1)
  let error = expectThrows(QueueError.self) { _ = try Producer<Int>(inherited: "items") }
  expectEqual(error.code, .invalidToken)
  expect("\(error)".contains("taken up before"), "\(error)")
  try items.put(2)
}
/// Starts a program that is told what was meant for this one, and throws what that says.
private let letAnotherClaim = Work("spawn-let-another-claim") { _ in
  var ends: [CInt] = [0, 0]
  expectEqual(unsafe pipe(&ends), 0)
  let other = try Worker.spawn(
    "sh",
    arguments: [
      "-c", "\(variable)=\"$STALE\" exec \"$0\" --work \(claim.name) '\(try text(of: Given()))'",
      ChildProcess.ownPath,
    ],
    environment: [
      "STALE": unsafe String(cString: getenv(variable)), "PATH": "/bin:/usr/bin",
      "LD_LIBRARY_PATH": unsafe getenv("LD_LIBRARY_PATH").map { unsafe String(cString: $0) } ?? "",
    ],
    standardError: .descriptor(FileDescriptor(rawValue: ends[1])))
  _ = expectThrows(WorkerError.self) { try other.wait() }
  close(ends[1])
  var bytes = [UInt8](repeating: 0, count: 1000)
  let count = unsafe read(ends[0], &bytes, bytes.count)
  let said = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  throw Boom(said.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? "nothing")
}
/// What a program does with its item as it calls `exit`.
private enum Holding: Int, CaseIterable {
  case hasItem, readsIt, hasReleasedIt, hasAcknowledgedIt, hasClosed, readsItInAnotherThread
  /// Whether the item comes again after `exit(status)`.
  func comesAgain(_ status: Int) -> Bool {
    switch self {
    case .hasItem, .readsIt: status != 0
    case .hasReleasedIt, .readsItInAnotherThread: true
    case .hasAcknowledgedIt, .hasClosed: false
    }
  }
}
private let leaveHoldingItem = Work("spawn-leave-holding-item") { given in
  let items = try Consumer<[UInt8]>(inherited: "items")
  _ = unsafe Unmanaged.passRetained(items)
  let status = CInt(given.numbers[0])
  switch Holding(rawValue: given.numbers[1]) {
  case .hasItem: expectEqual(try items.get(), [1])
  case .readsIt: _ = try items.withNextBytes { _ in exit(status) }
  case .hasReleasedIt, .hasAcknowledgedIt, .hasClosed:
    _ = try items.withNextBytes { _ in
      switch Holding(rawValue: given.numbers[1]) {
      case .hasReleasedIt: items.release()
      case .hasAcknowledgedIt: items.acknowledge()
      default: items.close()
      }
      exit(status)
    }
  case .readsItInAnotherThread:
    let isReading = Gate()
    DispatchQueue.global().async {
      _ = try? items.withNextBytes { _ in
        isReading.open()
        sleepForEver()
      }
    }
    isReading.pass()
  case nil: fail("\(given.numbers)")
  }
  exit(status)
}
private let tellSignals = Work("spawn-tell-signals") { (_, results: Producer<String>) in
  var mask = sigset_t()
  unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
  var action = sigaction()
  unsafe sigaction(SIGPIPE, nil, &action)
  let isIgnored = unsafe action.__sigaction_handler.sa_handler != nil
  try results.put("blocked \(unsafe sigismember(&mask, SIGUSR1)), ignored \(isIgnored)")
}
/// Descriptors beyond the standard streams that the next program would have.
private var inheritableDescriptors: [CInt] {
  (CInt(3)..<200).filter {
    let flags = fcntl($0, F_GETFD)
    return flags >= 0 && flags & FD_CLOEXEC == 0
  }
}
private let tellDescriptors = Work("spawn-tell-descriptors") { (_, results: Producer<String>) in
  try results.put("\(inheritableDescriptors)")
}
private let sleepAfterGate = Work("spawn-sleep-after-gate") { (given, _: Producer<Int>) in
  given.gate.send(Int(getpid()))
  sleepForEver()
}
private let startSleeper = Work("spawn-start-sleeper") { given in
  let queue = try IterableQueue<Int>()
  let child = try start(
    sleepAfterGate, queue.makeProducer(), given: Given(given.gate),
    options: .init(diesWithParent: given.texts[0] == "yes"))
  try child.wait()
}

let spawnWorks: [any AnyWork] = [
  putOne, handOn, claim, claimOtherType, claimOtherKind, claimOtherName, claimTwice,
  letAnotherClaim,
  leaveHoldingItem, tellSignals, tellDescriptors, sleepAfterGate, startSleeper,
]

/// Starts this program for a work that takes its endpoints up itself.
private func spawn(
  _ work: Work<>, _ endpoints: [String: any Endpoint], given: Given = Given()
) throws -> Worker {
  try Worker.spawn(
    .thisProgram, arguments: ["--work", work.name, try text(of: given)], endpoints: endpoints)
}

/// What such a program throws when it is given a producer of `queue` as "items".
private func thrown(
  by work: Work<>, _ queue: IterableQueue<Int>, given: Given = Given()
) throws -> String {
  let worker = try spawn(work, ["items": queue.makeProducer()], given: given)
  return expectThrows(WorkerError.self) { try worker.wait() }.message ?? ""
}

/// Programs that are started as workers.
let spawnScenarios: [String: Scenario] = [
  "a-program-that-cannot-be-started": { _ in
    let queue = try IterableQueue<Int>()
    let producer = try queue.makeProducer()
    func refused(_ executable: Worker.Executable, in folder: FilePath? = nil) -> String {
      let error = expectThrows(QueueError.self) {
        _ = try Worker.spawn(
          executable, workingDirectory: folder, endpoints: ["items": producer])
      }
      expectEqual(error.code, .system)
      return "\(error)"
    }
    expect(refused("/no/such/program").contains("No such file"), "the error says why")
    expect(refused("no-such-program").contains("no-such-program"), "the error names the program")
    expect(refused("/etc/passwd").contains("Permission denied"), "the error says why")
    expect(refused("/bin/true", in: "/no/such").contains("/no/such"), "the error names the folder")
    let nul = expectThrows(QueueError.self) {
      _ = try Worker.spawn("/bin/true", arguments: ["a\0b"], endpoints: ["items": producer])
    }
    expectEqual(nul.code, .invalidConfiguration)
    expect(hasNoChildren, "no process is left")
    // It is still ours.
    try producer.put(1)
    producer.close()
    queue.close()
    expectEqual(Array(try queue.makeConsumer()), [1])
  },
  "a-program-gets-its-surroundings": { _ in
    var ends: [CInt] = [0, 0]
    expectEqual(unsafe pipe(&ends), 0)
    let worker = try Worker.spawn(
      "sh", arguments: ["-c", "read line; pwd; echo \"$1 $PATH $WHO $line.\"", "sh", "a b"],
      environment: ["WHO": "me", "PATH": "/bin:/usr/bin"], workingDirectory: "/usr",
      standardInput: .null, standardOutput: .descriptor(FileDescriptor(rawValue: ends[1])),
      standardError: .null)
    try worker.wait()
    close(ends[1])
    var bytes = [UInt8](repeating: 0, count: 200)
    let count = unsafe read(ends[0], &bytes, 200)
    expectEqual(
      String(decoding: bytes.prefix(count), as: UTF8.self), "/usr\na b /bin:/usr/bin me .\n")
    let swapped = try Worker.spawn(
      "sh", arguments: ["-c", "echo to the error >&1; echo to the output >&2"],
      standardOutput: .descriptor(.standardError), standardError: .descriptor(.standardOutput))
    try swapped.wait()
  },
  "a-program-that-takes-nothing-up": { _ in
    let queue = try IterableQueue<Int>()
    let consumer = try queue.makeConsumer()
    let worker = try Worker.spawn("/bin/true", endpoints: ["items": queue.makeProducer()])
    queue.close()
    try worker.wait()
    expectEqual(try consumer.get(), nil)
    expectEqual(consumer.endReason, .producersLost(1))
  },
  "a-program-of-another-type": { _ in
    let queue = try IterableQueue<Int>()
    let type = try thrown(by: claimOtherType, queue)
    expect(type.contains("schemaMismatch"), type)
    expect(type.contains("raw8") && type.contains("cbor"), type)
    let kind = try thrown(by: claimOtherKind, queue)
    expect(kind.contains("schemaMismatch") && kind.contains("is a producer"), kind)
    let name = try thrown(by: claimOtherName, queue)
    expect(name.contains("notFound") && name.contains("It inherits \"items\""), name)
    queue.close()
    let consumer = try queue.makeConsumer()
    expectEqual(try consumer.get(), nil)
    expectEqual(consumer.endReason, .producersLost(3))
    let own = expectThrows(QueueError.self) { _ = try Producer<Int>(inherited: "items") }
    expectEqual(own.code, .notFound)
    expect("\(own)".contains("not started by Worker.spawn"), "\(own)")
  },
  "a-token-that-is-forged": { _ in
    let queue = try IterableQueue<Int>()
    // Another endpoint, of the other kind, in the slot before.
    let consumer = try queue.makeConsumer()
    func refused(_ from: String, _ to: String, _ code: QueueError.Code) throws {
      // The endpoint has the second slot each time.
      try queue.reap()
      // The shell changes what the program is told of endpoints, and becomes that program.
      let worker = try Worker.spawn(
        "sh",
        arguments: [
          "-c",
          """
          told=$(printf %s "$\(variable)" | sed -E 's/^(([^;]*;){4}.*)\(from)/\\1\(to)/')
          test "$told" != "$\(variable)" || exit 9
          export \(variable)="$told"
          exec "$0" --work \(claim.name) '\(try text(of: Given()))'
          """, ChildProcess.ownPath,
        ], endpoints: ["items": queue.makeProducer()])
      let error = expectThrows(WorkerError.self) { try worker.wait() }
      let text = error.message ?? "\(error)"
      expect(text.hasPrefix("\(code)"), "\(from) -> \(to): \(text)")
    }
    try refused("=1:1:", "=1:0:", .invalidToken)  // a consumer's slot
    try refused("=1:1:", "=1:2:", .endpointClosed)  // a slot that was never open
    try refused("=1:1:", "=1:99999:", .invalidToken)
    try refused("=1:1:", "=1:-1:", .invalidToken)
    try refused("=1:1:", "=3:1:", .invalidToken)
    try refused("=1:1:", "=7:1:", .invalidToken)
    try refused("=1:1:", "=1:1:9", .endpointClosed)  // another generation
    try refused("=1:1:", "=1:1:99999999", .invalidToken)  // more than a generation has
    try refused("@", "@1", .invalidToken)  // another device
    try refused("@", ".", .invalidToken)
    try refused("items", "i%zz", .invalidToken)
    queue.close()
    expectEqual(try consumer.get(), nil)
    // Nothing was taken from anybody.
    expectEqual(queue.statistics.consumers, 1)
  },
  "a-token-that-was-used": { _ in
    let queue = try IterableQueue<Int>()
    try spawn(claimTwice, ["items": queue.makeProducer()]).wait()
    queue.close()
    expectEqual(Array(try queue.makeConsumer()), [1, 2])
    let again = try IterableQueue<Int>()
    let stale = try thrown(by: letAnotherClaim, again)
    expect(stale.hasPrefix("invalidToken"), stale)
    let named = try IterableQueue<Int>(named: QueueName("scenario.stale.\(getpid())"))
    let other = try thrown(by: letAnotherClaim, named)
    expect(other.hasPrefix("handedOver"), other)
  },
  "a-program-that-leaves-with-an-item-in-hand": { _ in
    for holding in Holding.allCases {
      for status in [0, 3] {
        let queue = try IterableQueue<[UInt8]>()
        let producer = try queue.makeProducer()
        try producer.put([1])
        producer.close()
        let worker = try spawn(
          leaveHoldingItem, ["items": queue.makeConsumer()],
          given: Given(numbers: [status, holding.rawValue]))
        try? worker.wait()
        queue.close()
        let rest = try queue.makeConsumer()
        expectEqual(try rest.get(), holding.comesAgain(status) ? [1] : nil)
        let isLost = holding == .readsItInAnotherThread
        expectEqual(queue.statistics.lostConsumers, isLost ? 1 : 0)
      }
    }
  },
  "a-program-is-not-bothered-by-its-parent's-signals": { _ in
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, nil)
    signal(SIGPIPE, SIG_IGN)
    let results = try IterableQueue<String>()
    let heard = try results.makeConsumer()
    try Worker.spawn(
      .thisProgram, arguments: ["--work", tellSignals.name, try text(of: Given())],
      endpoints: ["0": results.makeProducer()]
    ).wait()
    expectEqual(try heard.get(), "blocked 0, ignored false")
  },
  "descriptors-are-passed-on-to-that-program-only": { _ in
    let results = try IterableQueue<String>()
    let heard = try results.makeConsumer()
    let before = Belongings()
    for _ in 0..<20 {
      let (one, two) = (try results.makeProducer(), try results.makeProducer())
      let worker = try Worker.spawn(
        .thisProgram, arguments: ["--work", tellDescriptors.name, try text(of: Given())],
        endpoints: ["0": one, "1": two])
      // Those that the library has opened there, and those that it was given, are close-on-exec.
      expectEqual(try heard.get(), "\(inheritableDescriptors)")
      try worker.wait()
    }
    let after = Belongings()
    expect(after.descriptors <= before.descriptors + 1, "descriptors: \(before), \(after)")
    expect(after.mappings <= before.mappings + 8, "mappings: \(before), \(after)")
  },
  "a-queue-with-a-name-is-passed-on": { arguments in
    let name = try QueueName("scenario.pass.\(getpid()).\(arguments[0])")
    let items = try IterableQueue<Int>(named: name), results = try IterableQueue<Int>()
    if arguments[0] == "removed" { try name.remove() }
    let workers = WorkerGroup()
    for _ in 0..<3 {
      try start(handOn, items.makeConsumer(), results.makeProducer(), in: workers)
    }
    let feed = try items.makeProducer(), heard = try results.makeConsumer()
    items.close()
    results.close()
    try feed.put(contentsOf: 0..<100)
    feed.close()
    expectEqual(heard.sorted(), Array(1...100))
    try workers.wait()
  },
  "a-group-spawns-several": { _ in
    let queue = try IterableQueue<Int>()
    let workers = WorkerGroup()
    try workers.spawn(
      count: 4, .thisProgram, arguments: ["--work", putOne.name, try text(of: Given())]
    ) { _ in ["0": try queue.makeProducer()] }
    expectEqual(workers.workers.map(\.index), [0, 1, 2, 3])
    var made: [Producer<Int>] = []
    let error = expectThrows(Boom.self) {
      try workers.spawn(count: 3, "/bin/true") { number in
        if number == 1 { throw Boom("no more") }
        return [:]
      }
    }
    expectEqual(error.description, "no more")
    let refusal = expectThrows(QueueError.self) {
      try workers.spawn(count: 3, "/no/such/program") { _ in
        made.append(try queue.makeProducer())
        return ["0": made.last!]
      }
    }
    expectEqual(refusal.code, .system)
    expectEqual(expectThrows(QueueError.self) { try made[0].put(1) }.code, .endpointClosed)
    queue.close()
    expectEqual(Array(try queue.makeConsumer()), [1, 1, 1, 1])
    try workers.wait()
    expectEqual(workers.workers.count, 5)
  },
  "many-threads-spawn": { _ in
    let queue = try IterableQueue<Int>(), workers = WorkerGroup()
    let consumer = try queue.makeConsumer()
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      do {
        for _ in 0..<4 {
          try workers.spawn(
            .thisProgram, arguments: ["--work", putOne.name, try text(of: Given())],
            endpoints: ["0": queue.makeProducer()])
        }
      } catch { fail("\(error)") }
    }
    queue.close()
    expectEqual(consumer.reduce(0, +), 32)
    expectEqual(consumer.endReason, .finished)
    try workers.wait()
  },
  "a-program-dies-with-its-parent-if-it-is-asked-to": { arguments in
    let gate = Gate()
    let parent = try start(startSleeper, given: Given(gate, texts: [arguments[0]]))
    let identity = ProcessIdentity(child: pid_t(gate.receive()))
    parent.kill()
    _ = expectThrows(WorkerError.self) { try parent.wait() }
    let liveness = Liveness()
    if arguments[0] == "yes" {
      eventually { liveness.isDead(identity) }
    } else {
      usleep(50_000)
      expect(!liveness.isDead(identity), "without the option it lives on")
      kill(identity.processIdentifier, SIGKILL)
      eventually { liveness.isDead(identity) }
    }
  },
]
