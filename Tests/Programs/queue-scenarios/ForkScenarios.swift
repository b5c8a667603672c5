import CIterableQueue
import Glibc
import IterableQueues
import SharedMemory

private final class Handle: Sendable { let lock = HandleLock() }

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
  "fork-biased-lock": { _ in
    let handle = Handle()
    var thread = pthread_t()
    let argument = unsafe Unmanaged.passUnretained(handle).toOpaque()
    unsafe pthread_create(
      &thread, nil,
      { start in
        guard let start = unsafe start else { return nil }
        let handle = unsafe Unmanaged<Handle>.fromOpaque(start).takeUnretainedValue()
        expect(handle.lock.tryLock(), "nobody has it yet")
        return nil
      }, argument)
    pthread_join(thread, nil)
    // Biased to a thread that the child does not have, which holds it.
    try Worker.fork {
      expect(handle.lock.tryLock(), "nobody in the child has it")
      expect(!handle.lock.tryLock(), "the child has it")
      handle.lock.unlock()
      expect(handle.lock.tryLock(), "it was left")
    }.wait()
    expect(!handle.lock.tryLock(), "the thread has it still")
    // Held still, and the bias is revoked.
    try Worker.fork {
      expect(handle.lock.tryLock(), "nobody in the child has it")
    }.wait()
    handle.lock.unlock()

    // Held by the thread that it is biased to, which forks.
    let own = Handle()
    expect(own.lock.tryLock(), "nobody has it yet")
    try Worker.fork {
      expect(own.lock.tryLock(), "nobody in the child has it")
      expect(!own.lock.tryLock(), "the child has it")
    }.wait()
    expect(!own.lock.tryLock(), "this process has it still")

    // In the user's code, which forks: the child is not in it.
    expect(handle.lock.tryLock(), "it was left")
    handle.lock.beginUserCode()
    expectEqual(handle.lock.lock(), .reentrant)
    try Worker.fork {
      expect(handle.lock.tryLock(), "nobody in the child has it")
      expectEqual(handle.lock.lock(until: Deadline(nanoseconds: 0)), .timedOut)
    }.wait()
  },
  "fork-while-reading": { _ in
    let items = try IterableQueue<[UInt8]>()
    let producer = try items.makeProducer(), consumer = try items.makeConsumer()
    try producer.put(contentsOf: [[1], [2]])
    let child = try consumer.withNextBytes { _ in
      consumer.acknowledge()
      let child = ciq_fork()
      if child != 0 {
        var status: CInt = 0
        expectEqual(unsafe waitpid(child, &status, 0), child)
        expectEqual(status, 0)
        expectEqual(items.statistics.inFlight, 1)
      }
      return child
    }
    if child == 0 { _exit(0) }
    expectEqual(items.statistics.inFlight, 0)
    expectEqual(try consumer.get(), [2])
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
