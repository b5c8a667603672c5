import Dispatch
import Glibc
import IterableQueues
import SharedMemory

/// What `wait` says of workers that end in every way.
let workerScenarios: [String: Scenario] = [
  "worker-returns": { _ in
    let gate = Gate()
    let worker = try Worker.fork { gate.send(Int(getpid())) }
    expectEqual(gate.receive(), Int(worker.processIdentifier))
    try worker.wait()
    expect(!worker.isRunning, "a worker that was waited for has ended")
    expect(hasNoChildren, "it is reaped")
    try worker.wait()
    try worker.wait(timeout: .zero)
  },
  "worker-throws": { _ in
    let worker = try Worker.fork(options: .init(name: "ranker")) { throw Boom("the page is empty") }
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
    let worker = try Worker.fork { throw Boom(String(repeating: "ä€𝄞", count: 2000)) }
    let message = expectThrows(WorkerError.self) { try worker.wait() }.message ?? ""
    expect(message.utf8.count <= 4000 && message.utf8.count > 3980, "\(message.utf8.count) bytes")
    expect(message.hasPrefix("ä€𝄞ä€𝄞") && message.hasSuffix("…"), "\(message.suffix(5))")
    expect(!message.unicodeScalars.contains("\u{FFFD}"), "no character is cut in two")
  },
  "worker-throws-nothing-to-say": { _ in
    let worker = try Worker.fork { throw Boom("") }
    expectEqual(expectThrows(WorkerError.self) { try worker.wait() }.message, "")
  },
  "worker-signal": { arguments in
    forbidCoreDumps()
    let signal = CInt(arguments[0])!
    let worker = try Worker.fork {
      raise(signal)
      fail("the signal did not come")
    }
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    expectEqual(error.ending, .killed(signal: signal, coreDumped: false))
    expectEqual(error.message, nil)
    say(String("\(error)".drop { $0 != ")" }))
  },
  "worker-fatal-error": { _ in
    forbidCoreDumps()
    let worker = try Worker.fork { fatalError("the end") }
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    guard case .killed(let signal, coreDumped: false) = error.ending else { fail("\(error)") }
    expect([SIGILL, SIGTRAP, SIGABRT].contains(signal), "\(error)")
  },
  "worker-exit-status": { _ in
    let worker = try Worker.fork { _exit(3) }
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    expectEqual(error.ending, .exited(status: 3))
    expectEqual("\(error)", "worker (pid \(worker.processIdentifier)) left with exit status 3")
  },
  "worker-last-words-survive": { _ in
    let child = try ChildProcess.fork(diesWithParent: false) { _ in
      "child"
    } body: { words in
      words.say("farewell")
      raise(SIGKILL)
      return 0
    }
    expectEqual(child.waitForEnd(), .killed(signal: SIGKILL, coreDumped: false))
    child.markAwaited()
    expectEqual(child.lastWords.heard()?.text, "farewell")
  },
  "worker-many-waiters": { _ in
    let gate = Gate()
    let worker = try Worker.fork {
      gate.pass()
      throw Boom("for all to hear")
    }
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
    let worker = try Worker.fork { gate.pass() }
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
    let terminated = try Worker.fork { sleepForEver() }
    terminated.terminate()
    let first = expectThrows(WorkerError.self) { try terminated.wait() }
    expectEqual(first.ending, .killed(signal: SIGTERM, coreDumped: false))

    signal(SIGTERM, SIG_IGN)
    let killed = try Worker.fork { sleepForEver() }
    killed.terminate()
    expect(killed.isRunning, "the worker has inherited that SIGTERM is ignored")
    killed.kill()
    let second = expectThrows(WorkerError.self) { try killed.wait() }
    expectEqual(second.ending, .killed(signal: SIGKILL, coreDumped: false))
    // The number may be another process's now.
    killed.kill()
    killed.terminate()
  },
  "worker-reaped-elsewhere": { _ in
    let worker = try Worker.fork {}
    waitpid(worker.processIdentifier, nil, 0)
    let error = expectThrows(WorkerError.self) { try worker.wait() }
    expectEqual(error.ending, .reapedElsewhere)
    expect("\(error)".contains("something else in this program has waited for it"), "\(error)")

    signal(SIGCHLD, SIG_IGN)
    let forgotten = try Worker.fork { throw Boom("heard all the same") }
    let second = expectThrows(WorkerError.self) { try forgotten.wait() }
    expectEqual(second.ending, .reapedElsewhere)
    expect("\(second)".hasSuffix("threw: heard all the same"), "\(second)")
    let third = try Worker.fork {}
    expectEqual(
      expectThrows(WorkerError.self) { try third.wait(timeout: .seconds(40)) }.ending,
      .reapedElsewhere)
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
