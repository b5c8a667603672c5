import Dispatch
import Glibc
import IterableQueues

private let passAndSend = Work("pass-and-send") { given in
  given.gates[0].pass()
  given.gates[1].send(given.numbers[0])
}
private let passGate = Work("group-pass-gate") { given in given.gate.pass() }
private let failInTurn = Work("fail-in-turn") { given in
  given.gate.pass()
  if given.numbers[0] == 1 { _exit(4) }
  throw Boom("I am \(given.numbers[0])")
}
private let sleepOn = Work("group-sleep-on") { _ in sleepForEver() }
private let throwText = Work("group-throw-text") { given in throw Boom(given.texts[0]) }
private let throwAtGate = Work("group-throw-at-gate") { given in
  given.gate.pass()
  throw Boom(given.texts[0])
}
private let ignoreAndSleep = Work("group-ignore-and-sleep") { given in
  signal(SIGTERM, SIG_IGN)
  given.gate.open()
  sleepForEver()
}
private let dieAtGate = Work("group-die-at-gate") { given in
  given.gate.pass()
  raise(SIGKILL)
}

let groupWorks: [any AnyWork] = [
  passAndSend, passGate, failInTurn, sleepOn, throwText, throwAtGate, ignoreAndSleep, dieAtGate,
]

/// Workers that are waited for, and fail, together.
let workerGroupScenarios: [String: Scenario] = [
  "group-waits-for-all": { _ in
    let group = WorkerGroup(), gate = Gate(), done = Gate()
    for number in 0..<5 {
      try start(passAndSend, given: Given(gate, done, numbers: [number]), in: group)
    }
    let named = try start(
      passGate, given: Given(gate), in: group, options: .init(name: "last"))
    expectEqual(named.index, 5)
    expectEqual(named.name, "last")
    expectEqual(group.workers.map(\.index), [0, 1, 2, 3, 4, 5])
    expect(group.isRunning, "all wait at the gate")
    gate.open(for: 6)
    try group.wait()
    expect(!group.isRunning, "all have ended")
    expect(hasNoChildren, "all are reaped")
    expectEqual(Set((0..<5).map { _ in done.receive() }), [0, 1, 2, 3, 4])
    expectEqual(group.failures, [])
    try group.wait()
  },
  "group-without-workers": { _ in
    let group = WorkerGroup(failFast: true)
    try group.wait()
    group.terminate()
    group.kill()
    try start(count: 0, sleepOn, in: group) { () }
    expect(!group.isRunning && group.workers.isEmpty, "nobody is in it")
  },
  "group-first-failure": { arguments in
    // The one that was forked last fails first; then 0, then 1, without a word.
    let group = WorkerGroup(), gates = [Gate(), Gate(), Gate()], looks = arguments[0] == "looking"
    for number in 0..<3 {
      try start(
        failInTurn, given: Given(gates[number], numbers: [number]), in: group,
        options: .init(name: "n\(number)"))
    }
    let workers = group.workers
    for number in [2, 0, 1] {
      gates[number].open()
      eventually { !workers[number].isRunning }
      if looks { expectEqual(group.isRunning, number != 1) }
    }
    let error = expectThrows(WorkerError.self) { try group.wait() }
    if looks {
      let pid = workers[2].processIdentifier
      expectEqual("\(error)", "worker 2 \"n2\" (pid \(pid)) threw: I am 2")
    }
    // Found at one look, a death without words counts as the earliest.
    expectEqual(group.failures.map(\.index), looks ? [2, 0, 1] : [1, 2, 0])
    expectEqual(error, group.failures[0])
    expectEqual(expectThrows(WorkerError.self) { try group.wait() }, error)
  },
  "group-terminate": { _ in
    let group = WorkerGroup()
    for _ in 0..<3 { try start(sleepOn, in: group) }
    group.terminate()
    let error = expectThrows(WorkerError.self) { try group.wait() }
    expectEqual(error.ending, .killed(signal: SIGTERM, coreDumped: false))
    expectEqual(group.failures.count, 3)
    let stubborn = WorkerGroup(), ignores = Gate()
    for _ in 0..<3 { try start(ignoreAndSleep, given: Given(ignores), in: stubborn) }
    for _ in 0..<3 { ignores.pass() }
    stubborn.terminate()
    expect(stubborn.isRunning, "they ignore SIGTERM")
    stubborn.kill()
    expectEqual(
      expectThrows(WorkerError.self) { try stubborn.wait() }.ending,
      .killed(signal: SIGKILL, coreDumped: false))
  },
  "group-terminate-after-failure": { _ in
    let group = WorkerGroup()
    for _ in 0..<2 { try start(sleepOn, in: group) }
    let failing = try start(throwText, given: Given(texts: ["the cause"]), in: group)
    eventually { !failing.isRunning }
    group.terminate()
    for worker in group.workers { eventually { !worker.isRunning } }
    // All are found at one look.
    expectEqual(expectThrows(WorkerError.self) { try group.wait() }.message, "the cause")
    expectEqual(group.failures.map(\.index), [2, 0, 1])
  },
  "group-fails-fast": { _ in
    let group = WorkerGroup(failFast: true), gate = Gate()
    for _ in 0..<2 { try start(sleepOn, in: group) }
    try start(throwAtGate, given: Given(gate, texts: ["the cause"]), in: group)
    try start(sleepOn, in: group)
    gate.open()
    let error = expectThrows(WorkerError.self) { try group.wait() }
    expectEqual(error.message, "the cause")
    expectEqual(error.index, 2)
    expectEqual(group.failures.count, 4)
    for failure in group.failures.dropFirst() {
      expectEqual(failure.ending, .killed(signal: SIGTERM, coreDumped: false))
    }
    expect(hasNoChildren, "all are reaped")
  },
  "group-fails-fast-by-force": { _ in
    let group = WorkerGroup(failFast: true, gracePeriod: .milliseconds(100))
    let ignores = Gate(), dies = Gate(), returns = Gate()
    try start(ignoreAndSleep, given: Given(ignores), in: group)
    try start(dieAtGate, given: Given(dies), in: group)
    try start(passGate, given: Given(returns), in: group)
    ignores.pass()
    returns.open()
    eventually { !group.workers[2].isRunning }
    dies.open()
    let error = expectThrows(WorkerError.self) { try group.wait() }
    expectEqual(error.index, 1)
    expectEqual(group.failures.map(\.index), [1, 0])
    expectEqual(group.failures[1].ending, .killed(signal: SIGKILL, coreDumped: false))
  },
  "group-does-not-fail-fast": { _ in
    let group = WorkerGroup(), gate = Gate(), failed = Gate()
    try start(throwText, given: Given(texts: ["early"]), in: group)
    try start(passGate, given: Given(gate), in: group)
    DispatchQueue.global().async {
      while group.workers[0].isRunning { usleep(1000) }
      usleep(50_000)
      expect(group.workers[1].isRunning, "it may finish")
      gate.open()
      failed.open()
    }
    expectEqual(expectThrows(WorkerError.self) { try group.wait() }.message, "early")
    failed.pass()
    expectEqual(group.failures.count, 1)
  },
  "group-grows-while-waiting": { _ in
    let group = WorkerGroup(), first = Gate(), second = Gate(), added = Gate()
    try start(passGate, given: Given(first), in: group)
    DispatchQueue.global().async {
      do {
        usleep(20_000)
        try start(
          throwAtGate, given: Given(second, texts: ["the late one"]), in: group,
          options: .init(allowsThreads: true))
        first.open()
        while group.workers[0].isRunning { usleep(1000) }
        added.open()
        second.open()
      } catch { fail("\(error)") }
    }
    expectEqual(expectThrows(WorkerError.self) { try group.wait() }.message, "the late one")
    added.pass()
    expect(hasNoChildren, "both are reaped")
  },
  "group-inherited": { _ in
    let group = WorkerGroup(), gate = Gate()
    try group.fork { gate.pass() }
    try Worker.fork {
      expect(group.workers.isEmpty && !group.isRunning, "it has no members here")
      group.kill()
      group.terminate()
      let error = expectThrows(QueueError.self) { try group.wait() }
      expect("\(error)".contains("belongs to process \(getppid())"), "\(error)")
      _ = expectThrows(QueueError.self) { try group.fork {} }
      let own = WorkerGroup()
      try own.fork { throw Boom("of the second generation") }
      expectEqual(
        expectThrows(WorkerError.self) { try own.wait() }.message, "of the second generation")
    }.wait()
    expect(group.isRunning, "nothing has happened to it")
    gate.open()
    try group.wait()
  },
  "group-without-descriptors": { _ in
    // No pidfd can be had: the group looks now and then.
    let group = WorkerGroup(failFast: true), gate = Gate()
    for _ in 0..<2 { try start(sleepOn, in: group) }
    try start(throwAtGate, given: Given(gate, texts: ["the cause"]), in: group)
    var few = rlimit(rlim_cur: 3, rlim_max: 3)
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &few)
    gate.open()
    expectEqual(expectThrows(WorkerError.self) { try group.wait() }.message, "the cause")
    expect(hasNoChildren, "all are reaped")
  },
]
