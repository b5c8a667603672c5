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
]
