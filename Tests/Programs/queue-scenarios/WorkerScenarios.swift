import CIterableQueue
import Dispatch
import Glibc
import IterableQueues
import SharedMemory

private let tellNumber = Work("tell-number") { given in given.gate.send(Int(getpid())) }
private let throwText = Work("throw-text") { given in throw Boom(given.texts[0]) }
private let throwAtGate = Work("throw-at-gate") { given in
  given.gate.pass()
  throw Boom(given.texts[0])
}
private let throwAtLength = Work("throw-at-length") { _ in
  throw Boom(String(repeating: "ä€𝄞", count: 2000))
}
private let raiseSignal = Work("raise-signal") { given in
  raise(CInt(given.numbers[0]))
  fail("the signal did not come")
}
private let failFatally = Work("fail-fatally") { _ in fatalError("the end") }
private let leaveWith = Work("leave-with") { given in _exit(CInt(given.numbers[0])) }
private let passGate = Work("pass-gate") { given in given.gate.pass() }
private let sleepOn = Work("sleep-on") { _ in sleepForEver() }
private let ignoreAndSleep = Work("ignore-and-sleep") { given in
  signal(SIGTERM, SIG_IGN)
  given.gate.open()
  sleepForEver()
}

/// Has said its last words when it cannot write out what stdio holds.
private let throwAndHang = Work("throw-and-hang") { given in
  var ends: [CInt] = [0, 0]
  expectEqual(unsafe pipe(&ends), 0)
  _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
  while unsafe write(ends[1], "x", 1) == 1 {}
  _ = fcntl(ends[1], F_SETFL, 0)
  dup2(ends[1], STDOUT_FILENO)
  print("held back")
  given.gate.open()
  throw Boom(given.texts[0])
}
private let doNothing = Work("worker-do-nothing") { _ in }

let workerWorks: [any AnyWork] = [
  throwAndHang, doNothing,
  tellNumber, throwText, throwAtGate, throwAtLength, raiseSignal, failFatally, leaveWith, passGate,
  sleepOn, ignoreAndSleep,
]

/// What `wait` says of workers that end in every way.
let workerScenarios: [String: Scenario] = [
  "worker-returns": { _ in
    let gate = Gate()
    let worker = try start(tellNumber, given: Given(gate))
    expectEqual(gate.receive(), Int(worker.processIdentifier))
    try worker.wait()
    expect(!worker.isRunning, "a worker that was waited for has ended")
    expect(hasNoChildren, "it is reaped")
    try worker.wait()
    try worker.wait(timeout: .zero)
  },
  "worker-throws": { _ in
    let worker = try start(
      throwText, given: Given(texts: ["the page is empty"]), options: .init(name: "ranker"))
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    expectEqual(error.message, "the page is empty")
    expectEqual(error.name, "ranker")
    expectEqual(error.index, nil)
    expectEqual(error.processIdentifier, worker.processIdentifier)
    expectEqual(error.ending, .exited(status: 1))
    expectEqual(
      "\(error)", "worker \"ranker\" (pid \(worker.processIdentifier)) threw: the page is empty")
    expectEqual(expectThrows(WorkerError.self) { try worker.wait() }, error)
    expectEqual(expectThrows(WorkerError.self) { try worker.wait(timeout: .zero) }, error)
  },
  "worker-throws-at-length": { _ in
    let worker = try start(throwAtLength)
    let message = expectThrows(WorkerError.self) { try worker.wait() }.message ?? ""
    expect(message.utf8.count <= 4000 && message.utf8.count > 3980, "\(message.utf8.count) bytes")
    expect(message.hasPrefix("ä€𝄞ä€𝄞") && message.hasSuffix("…"), "\(message.suffix(5))")
    expect(!message.unicodeScalars.contains("\u{FFFD}"), "no character is cut in two")
  },
  "worker-throws-nothing-to-say": { _ in
    let worker = try start(throwText, given: Given(texts: [""]))
    expectEqual(expectThrows(WorkerError.self) { try worker.wait() }.message, "")
  },
  "worker-signal": { arguments in
    forbidCoreDumps()
    let signal = CInt(arguments[0])!
    let worker = try start(raiseSignal, given: Given(numbers: [Int(signal)]))
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    expectEqual(error.ending, .killed(signal: signal, coreDumped: false))
    expectEqual(error.message, nil)
    say(String("\(error)".drop { $0 != ")" }))
  },
  "worker-fatal-error": { _ in
    forbidCoreDumps()
    let worker = try start(failFatally)
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    guard case .killed(let signal, coreDumped: false) = error.ending else { fail("\(error)") }
    expect([SIGILL, SIGTRAP, SIGABRT].contains(signal), "\(error)")
  },
  "worker-exit-status": { _ in
    let worker = try start(leaveWith, given: Given(numbers: [3]))
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    expectEqual(error.ending, .exited(status: 3))
    expectEqual("\(error)", "worker (pid \(worker.processIdentifier)) left with exit status 3")
  },
  "worker-last-words-survive": { _ in
    let isFull = Gate()
    let worker = try start(throwAndHang, given: Given(isFull, texts: ["farewell"]))
    isFull.pass()
    waitUntilAsleep(worker.processIdentifier)
    worker.kill()
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    expectEqual(error.ending, .killed(signal: SIGKILL, coreDumped: false))
    expectEqual(error.message, "farewell")
  },
  "worker-many-waiters": { _ in
    let gate = Gate()
    let worker = try start(throwAtGate, given: Given(gate, texts: ["for all to hear"]))
    DispatchQueue.concurrentPerform(iterations: 8) { number in
      if number == 0 { gate.open() }
      let error = expectThrows(WorkerError.self) {
        if number % 2 == 0 { try worker.wait() } else { try worker.wait(timeout: .seconds(40)) }
      }
      expectEqual(error.message, "for all to hear")
      expectEqual(error.ending, .exited(status: 1))
    }
    expect(hasNoChildren, "it is reaped")
  },
  "worker-timeout": { _ in
    let gate = Gate()
    let worker = try start(passGate, given: Given(gate))
    let error = expectThrows(QueueError.self) { try worker.wait(timeout: .milliseconds(30)) }
    expectEqual(error.code, .timedOut)
    expect(
      "\(error)".contains("worker (pid \(worker.processIdentifier)) is still running"), "\(error)")
    expect(worker.isRunning, "a timeout does not end it")
    gate.open()
    try worker.wait(timeout: .seconds(40))
    expect(!worker.isRunning, "it has ended")
  },
  "worker-terminate-and-kill": { _ in
    let terminated = try start(sleepOn)
    terminated.terminate()
    let first = expectThrows(WorkerError.self) { try terminated.wait() }
    expectEqual(first.ending, .killed(signal: SIGTERM, coreDumped: false))

    let ignores = Gate()
    let killed = try start(ignoreAndSleep, given: Given(ignores))
    ignores.pass()
    killed.terminate()
    expect(killed.isRunning, "it ignores SIGTERM")
    killed.kill()
    let second = expectThrows(WorkerError.self) { try killed.wait() }
    expectEqual(second.ending, .killed(signal: SIGKILL, coreDumped: false))
    // The number may be another process's now.
    killed.kill()
    killed.terminate()
  },
  "worker-reaped-elsewhere": { _ in
    let worker = try start(leaveWith, given: Given(numbers: [0]))
    waitpid(worker.processIdentifier, nil, 0)
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    expectEqual(error.ending, .reapedElsewhere)
    expect("\(error)".contains("something else in this program has waited for it"), "\(error)")

    signal(SIGCHLD, SIG_IGN)
    let forgotten = try start(throwText, given: Given(texts: ["heard all the same"]))
    let second = expectThrows(WorkerError.self) { try forgotten.wait() }
    expectEqual(second.ending, .reapedElsewhere)
    expect("\(second)".hasSuffix("threw: heard all the same"), "\(second)")
    let third = try start(leaveWith, given: Given(numbers: [0]))
    expectEqual(
      expectThrows(WorkerError.self) { try third.wait(timeout: .seconds(40)) }.ending,
      .reapedElsewhere)
  },
  "other-children-are-left-alone": { _ in
    // Somebody else's child ends, and is not waited for by us.
    let other = ciq_fork()
    if other == 0 { ciq_leave(7) }
    let group = WorkerGroup()
    try start(doNothing, in: group)
    try start(doNothing).wait()
    try group.wait()
    var state: CInt = 0
    expectEqual(unsafe waitpid(other, &state, 0), other)
    expectEqual(state >> 8, 7)
  },
  "worker-inherited": { _ in
    let gate = Gate(), parent = getpid()
    var first: Worker? = try Worker.fork { gate.pass() }
    var failed: Worker? = try Worker.fork { throw Boom("for the parent only") }
    eventually { failed?.isRunning == false }
    let second = try Worker.fork {
      let error = expectThrows(WorkerError.self) { try first?.wait() }
      expectEqual(error.ending, .childOfAnotherProcess(parent))
      expect("\(error)".contains("is a child of process \(parent)"), "\(error)")
      first?.terminate()
      first?.kill()
      expect(first?.isRunning == true, "it runs, whoever asks")
      first = nil
      failed = nil
      expectEqual(try ChildProcess.threadCount(), 1)
    }
    try second.wait()
    expect(first?.isRunning == true, "nothing has happened to it")
    _ = expectThrows(WorkerError.self) { try failed?.wait() }
    gate.open()
    try first?.wait()
  },
]
