import SharedMemory
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.timeLimit(.minutes(10))) struct WaitWordTests {
  @safe private final class Cell: @unchecked Sendable {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)
    let word: WaitWord
    init() {
      unsafe memory.initializeMemory(as: UInt64.self, repeating: 0, count: 1)
      unsafe word = WaitWord(at: memory)
    }
    deinit { unsafe memory.deallocate() }
  }

  @Test func `a sleep without a wake-up times out, not before its deadline`() {
    let cell = Cell()
    let deadline = Deadline(after: .milliseconds(20))
    // Signals may end a sleep early.
    while true {
      let wakening = cell.word.sleep(since: cell.word.current(), until: deadline)
      if wakening == .changed { continue }
      #expect(wakening == .timedOut)
      break
    }
    #expect(deadline.isPast)
  }

  @Test func `a deadline in the past is over at once`() {
    let cell = Cell()
    let past = Deadline(nanoseconds: 0)
    #expect(cell.word.sleep(since: cell.word.current(), until: past) == .timedOut)
  }

  @Test func `a wake-up between looking and sleeping is not missed`() {
    let cell = Cell()
    let seen = cell.word.current()
    cell.word.announce(at: .testing)
    fence()
    cell.word.wakeOne()
    #expect(cell.word.sleep(since: seen, until: .never) == .changed)
    #expect(!cell.word.isAnnounced)
  }

  @Test func `without an announcement nobody is woken`() {
    let cell = Cell()
    let seen = cell.word.current()
    cell.word.wakeOne()
    cell.word.wakeAnnounced()
    #expect(cell.word.current() == seen)
    cell.word.wakeAll()
    #expect(cell.word.current() == seen &+ 1)
  }

  @Test func `one announcement wakes once`() {
    let cell = Cell()
    let seen = cell.word.current()
    cell.word.announce(at: .testing)
    cell.word.wakeOne()
    cell.word.wakeOne()
    #expect(cell.word.current() == seen &+ 1)
  }

  @Test(arguments: ["one", "announced", "all"])
  func `a sleeper is woken`(how: String) {
    let cell = Cell()
    let sleeps = Flag()
    let sleeper = TestThread {
      let seen = cell.word.current()
      cell.word.announce(at: .testing)
      fence()
      sleeps.raise()
      #expect(cell.word.sleep(since: seen, until: .never) != .timedOut)
    }
    waitUntil { sleeps.isRaised }
    usleep(5_000)
    switch how {
    case "one": cell.word.wakeOne()
    case "announced": cell.word.wakeAnnounced()
    default: cell.word.wakeAll()
    }
    sleeper.join()
  }

  @Test func `all sleepers are woken by one call`() {
    let cell = Cell()
    let count = CellCounter()
    let seen = cell.word.current()
    let sleepers = (0..<5).map { _ in
      TestThread {
        cell.word.announce(at: .testing)
        fence()
        count.add()
        while cell.word.current() == seen { _ = cell.word.sleep(since: seen, until: .never) }
      }
    }
    waitUntil { count.value == 5 }
    cell.word.wakeAnnounced()
    for sleeper in sleepers { sleeper.join() }
    #expect(cell.word.current() == seen &+ 1)
  }

  @Test func `the sequence goes on after 2^32`() {
    let cell = Cell()
    unsafe cell.memory.storeBytes(of: UInt32.max, toByteOffset: 4, as: UInt32.self)
    cell.word.wakeAll()
    #expect(cell.word.current() == 0)
  }

  private final class CellCounter: Sendable {
    private let count = Atomic<Int>(0)
    func add() { count.wrappingAdd(1, ordering: .sequentiallyConsistent) }
    var value: Int { count.load(ordering: .sequentiallyConsistent) }
  }
}
