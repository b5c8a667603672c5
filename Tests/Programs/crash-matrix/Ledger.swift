import Glibc
import SharedMemory

/// What is known of each item, in memory that all processes of a row share and no death takes away.
@safe struct Ledger: @unchecked Sendable {
  /// Each item's page of facts. One process at a time writes a fact.
  struct Facts {
    var isBegun: UInt8 = 0
    /// The put returned.
    var isPut: UInt8 = 0
    var deliveries: UInt8 = 0
    var firstDeliveries: UInt8 = 0
    /// An acknowledgement was about to be made, and was made.
    var acknowledging: UInt8 = 0
    var acknowledged: UInt8 = 0
    /// It was a dead letter that was about to be discarded, or requeued.
    var isDiscarded: UInt8 = 0
    var isRequeued: UInt8 = 0
    /// How often a consumer was about to give it back uncounted.
    var releases: UInt8 = 0
  }

  static let capacity = 1 << 16
  /// Lower numbers are the producing peer's.
  static let firstOfVictim = capacity / 2

  struct Full: Error, CustomStringConvertible {
    var description: String { "the ledger is full: the victim has neither died nor ended" }
  }

  private let facts: UnsafeMutablePointer<Facts>
  private let words: UnsafeMutablePointer<Int>

  init() {
    let bytes = Self.capacity * MemoryLayout<Facts>.stride + 4096
    let memory = unsafe mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)!
    unsafe words = memory.assumingMemoryBound(to: Int.self)
    unsafe facts = (memory + 4096).assumingMemoryBound(to: Facts.self)
  }

  subscript(number: Int) -> Facts {
    get { unsafe facts[number] }
    // In place: others write other facts of the item at the same time.
    nonmutating _modify { yield unsafe &facts[number] }
  }

  /// Whether producers should end.
  var isEnding: Bool {
    get { unsafe words[0] != 0 }
    nonmutating set { unsafe words[0] = newValue ? 1 : 0 }
  }
  /// What a consumer saw that must not be: the item's number, or 0.
  var wrongDelivery: Int {
    get { unsafe words[1] }
    nonmutating set { unsafe words[1] = newValue }
  }

  #if CrashPoints
    var producer: EndState {
      get { unsafe EndState(rawValue: words[2])! }
      nonmutating set { unsafe words[2] = newValue.rawValue }
    }
    var consumer: EndState {
      get { unsafe EndState(rawValue: words[3])! }
      nonmutating set { unsafe words[3] = newValue.rawValue }
    }
    /// How many ends of the main queue are lost, as far as its dead processes said.
    private(set) var lostProducers: ClosedRange<Int> {
      get { unsafe words[4]...words[5] }
      nonmutating set { unsafe (words[4], words[5]) = (newValue.lowerBound, newValue.upperBound) }
    }
    private(set) var lostConsumers: ClosedRange<Int> {
      get { unsafe words[6]...words[7] }
      nonmutating set { unsafe (words[6], words[7]) = (newValue.lowerBound, newValue.upperBound) }
    }

    /// The process that has the ends died at `point`.
    func died(at point: CrashPoint) {
      // Who reaps counts before it frees: the next one counts again.
      let twice = point == .reapCommit ? 1 : 0
      func add(_ range: ClosedRange<Int>, _ more: ClosedRange<Int>) -> ClosedRange<Int> {
        range.lowerBound + more.lowerBound...range.upperBound + more.upperBound + twice
      }
      lostProducers = add(lostProducers, producer.lost(at: point))
      lostConsumers = add(lostConsumers, consumer.lost(at: point))
      (producer, consumer) = (.none, .none)
    }
  #endif

  func delivered(_ number: Int, attempt: Int) {
    self[number].deliveries += 1
    if self[number].acknowledged != 0 { wrongDelivery = number }
    if attempt == 1 {
      self[number].firstDeliveries += 1
      if self[number].firstDeliveries > 1 + self[number].isRequeued + self[number].releases {
        wrongDelivery = number
      }
    }
  }
}
