import Glibc
import IterableQueues

nonisolated(unsafe) private var hasLeft: Gate?

/// Ends with its queue and an endpoint in globals, and takes its time: other handlers come after the
/// library's.
private let endSlowly = Work("end-slowly") { given in
  unsafe hasLeft = given.gate
  atexit {
    unsafe hasLeft?.open()
    sleepForEver()
  }
  let queue = try IterableQueue<Int>(attachingTo: QueueName(given.texts[0]), timeout: .seconds(40))
  _ = unsafe Unmanaged.passRetained(queue)
  _ = unsafe Unmanaged.passRetained(try queue.makeConsumer())
  exit(0)
}

let leavingWorks: [any AnyWork] = [endSlowly]

/// Programs that end beside others which use the same name.
let leavingScenarios: [String: Scenario] = [
  "a-program-that-is-about-to-end-keeps-no-name": { _ in
    let name = try QueueName("scenario.leaving.\(getpid()).\(UInt32.random(in: 0 ... .max))")
    func exists() -> Bool { unsafe access(name.path, F_OK) == 0 }
    let isLeaving = Gate()
    // A forked one must come first: it would inherit this process's handlers for its end.
    let worker = try start(endSlowly, given: Given(isLeaving, texts: ["\(name)"]))
    var queue: IterableQueue<Int>? = try IterableQueue(named: name)
    isLeaving.pass()
    expect(exists(), "this process uses it")
    expectEqual(queue?.statistics.consumers, 1)
    let other = expectThrows(QueueError.self) { _ = try IterableQueue<Int>(named: name) }
    expectEqual(other.code, .alreadyExists)
    queue = nil
    expect(!exists(), "the other program is at its end, though it lives")
    let next = try IterableQueue<Int>(named: name)
    expectEqual(try next.makeProducer().tryPut(1), true)
    worker.kill()
    _ = expectThrows(WorkerError.self) { try worker.wait() }
  }
]
