import CIterableQueue
import Glibc
import IterableQueues
import SharedMemory

/// What may be forked, and what a forked worker has in common with its parent.
let forkScenarios: [String: Scenario] = [
  "fork-with-threads": { _ in
    startThread()
    startThread()
    let error = expectThrows(QueueError.self) {
      _ = try Worker.fork { fail("the worker runs") }
    }
    expectEqual(error.code, .multithreadedFork)
    expect("\(error)".contains("3 threads"), "\(error)")
    expect("\(error)".contains("before the first `await`"), "\(error)")
    expect("\(error)".contains("allowsThreads"), "\(error)")
    expect(hasNoChildren, "no worker has been made")
    try Worker.fork(options: .init(allowsThreads: true)) {
      expectEqual(try ChildProcess.threadCount(), 1)
    }.wait()
  },
  "fork-after-join": { _ in
    for _ in 0..<100 {
      var thread = pthread_t()
      unsafe pthread_create(&thread, nil, { _ in nil }, nil)
      pthread_join(thread, nil)
      try Worker.fork {}.wait()
    }
  },
  "fork-refused-by-kernel": { _ in
    forbidProcesses()
    let error = expectThrows(QueueError.self) { _ = try Worker.fork {} }
    expectEqual(error.code, .system)
    expect("\(error)".contains("fork failed (Resource temporarily unavailable)"), "\(error)")
  },
  "fork-stdio": { _ in
    atexit { print("at exit of", getpid()) }
    print("before")
    let worker = try Worker.fork { print("in the worker") }
    try worker.wait()
    let failing = try Worker.fork {
      print("in the failing worker")
      throw Boom("expected")
    }
    _ = expectThrows(WorkerError.self) { try failing.wait() }
    print("after in", getpid())
    exit(0)
  },
  "fork-other-children": { _ in
    // Somebody else's child ends, and is not waited for by us.
    let other = ciq_fork()
    if other == 0 { ciq_leave(7) }
    let group = WorkerGroup()
    try group.fork {}
    try Worker.fork {}.wait()
    try group.wait()
    var state: CInt = 0
    expectEqual(unsafe waitpid(other, &state, 0), other)
    expectEqual(state >> 8, 7)
  },
  "fork-dies-with-parent": { arguments in
    let diesWithParent = arguments[0] == "yes"
    let gate = Gate()
    let parent = try Worker.fork {
      let child = try Worker.fork(options: .init(diesWithParent: diesWithParent)) {
        gate.send(Int(getpid()))
        sleepForEver()
      }
      try child.wait()
    }
    let child = pid_t(gate.receive())
    let identity = ProcessIdentity(child: child)
    parent.kill()
    _ = expectThrows(WorkerError.self) { try parent.wait() }
    let liveness = Liveness()
    if diesWithParent {
      eventually { liveness.isDead(identity) }
    } else {
      usleep(50_000)
      expect(!liveness.isDead(identity), "without the option it lives on")
      kill(child, SIGKILL)
      eventually { liveness.isDead(identity) }
    }
  },
]
