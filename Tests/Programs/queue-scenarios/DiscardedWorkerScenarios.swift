import Glibc
import IterableQueues
import SharedMemory

private let endSomehow = Work("discarded-end-somehow") { given in
  given.gate.pass()
  switch given.texts[0] {
  case "throws": throw Boom("gone\nwith \u{1B}the wind ä€𝄞")
  case "exits": _exit(3)
  case "dies": raise(SIGSEGV)
  default: break
  }
}
private let sleepOn = Work("discarded-sleep-on") { _ in sleepForEver() }
private let passGate = Work("discarded-pass-gate") { given in given.gate.pass() }
private let throwText = Work("discarded-throw-text") { given in
  if let gate = given.gates.first { gate.pass() }
  throw Boom(given.texts[0])
}
private let doNothing = Work("discarded-do-nothing") { _ in }

let discardedWorks: [any AnyWork] = [endSomehow, sleepOn, passGate, throwText, doNothing]

/// Workers that nobody waits for. The tests look at what is on standard error.
let discardedWorkerScenarios: [String: Scenario] = [
  // How it ends, and whether it is let go before or after it has.
  "discarded": { arguments in
    let gate = Gate(), how = arguments[0], isEarly = arguments[1] == "early"
    forbidCoreDumps()
    func startAndLetGo() throws {
      let worker = try start(
        endSomehow, given: Given(gate, texts: [how]), options: .init(name: "lost"))
      say("worker \"lost\" (pid \(worker.processIdentifier))")
      if isEarly { return }
      gate.open()
      eventually { !worker.isRunning }
    }
    try startAndLetGo()
    if isEarly { gate.open() }
    eventually { hasNoChildren }
    // The line is written after the child was reaped.
    try eventually { try threads() == 1 }
  },
  "discarded-after-signal": { _ in
    func startAndLetGo(_ end: (Worker) -> Void) throws { end(try start(sleepOn)) }
    try startAndLetGo { $0.kill() }
    try startAndLetGo { $0.terminate() }
    try startAndLetGo {
      $0.kill()
      while $0.isRunning { usleep(1000) }
    }
    eventually { hasNoChildren }
    try eventually { try threads() == 1 }
  },
  "discarded-then-fork": { _ in
    let gate = Gate()
    for _ in 0..<20 { try start(passGate, given: Given(gate)) }
    // Twenty threads wait for them, and are no reason to refuse.
    expectEqual(try threads(), 21)
    try Worker.fork {}.wait()
    gate.open(for: 20)
    // They end at this moment, and are no reason either.
    for _ in 0..<50 { try Worker.fork {}.wait() }
    eventually { hasNoChildren }
  },
  "discarded-thread-takes-no-signal": { _ in
    let gate = Gate()
    try start(passGate, given: Given(gate))
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, nil)
    // No thread takes it: it stays pending.
    kill(getpid(), SIGTERM)
    usleep(20_000)
    var pending = sigset_t()
    unsafe sigpending(&pending)
    expectEqual(unsafe sigismember(&pending, SIGTERM), 1)
    gate.open()
    eventually { hasNoChildren }
    _exit(0)
  },
  "discarded-group": { _ in
    let gate = Gate()
    func startAndLetGo() throws {
      let group = WorkerGroup()
      try start(throwText, given: Given(texts: ["one"]), in: group)
      try start(throwText, given: Given(gate, texts: ["two"]), in: group)
      try start(doNothing, in: group)
      while group.workers[0].isRunning { usleep(1000) }
      // Looking is not waiting.
      expect(group.isRunning, "the second one runs")
    }
    try startAndLetGo()
    gate.open()
    eventually { hasNoChildren }
    try eventually { try threads() == 1 }
  },
]

/// As the kernel counts them.
private func threads() throws -> Int {
  let file = unsafe fopen("/proc/self/status", "r")
  defer { unsafe fclose(file!) }
  var line = [CChar](repeating: 0, count: 256)
  while unsafe fgets(&line, 256, file!) != nil {
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    if text.hasPrefix("Threads:") {
      return Int(text.dropFirst(8).filter(\.isNumber)) ?? 0
    }
  }
  fail("/proc/self/status has no line for threads")
}
