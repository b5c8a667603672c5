import RingBuffer
import SharedMemory
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A ring without anybody who waits, and what tests do with it.
final class TestQueue: Sendable {
  let ring: Ring

  init(
    maxItemBytes: Int = 64, maxItems: Int = Geometry.mostItems, maxEndpoints: Int = 8,
    ringBytes: Int = 1, deadLetterBytes: Int = 1, maxDeliveries: Int = 3,
    isPersistent: Bool = true, isAtMostOnce: Bool = false
  ) throws {
    ring = try Ring.anonymous(
      Geometry(
        maxItemBytes: maxItemBytes, maxItems: maxItems, maxEndpoints: maxEndpoints,
        ringBytes: ringBytes, deadLetterBytes: deadLetterBytes),
      QueueDescription(
        maxDeliveries: maxDeliveries, isPersistent: isPersistent, isAtMostOnce: isAtMostOnce,
        codec: "raw", schema: "test"))
  }

  func open(_ kind: SlotKind) throws -> EndpointState {
    guard case .registered(let endpoint) = ring.register(kind, .forever) else {
      throw Unexpected("no \(kind) was registered")
    }
    return endpoint
  }
  func producer() throws -> EndpointState { try open(.producer) }
  func consumer() throws -> EndpointState { try open(.consumer) }

  @discardableResult
  func put(_ item: [UInt8], as producer: EndpointState) -> Ring.PutOutcome {
    unsafe item.withUnsafeBytes { unsafe ring.put($0, as: producer, .forever) }
  }

  func put(_ text: String, as producer: EndpointState) throws {
    guard put(Array(text.utf8), as: producer) == .accepted(1) else {
      throw Unexpected("\(text) was not accepted")
    }
  }

  func take(
    upTo most: Int = 1, as consumer: EndpointState, preferring buffer: Int = 0,
    hasReaped: Bool = false
  ) -> Ring.TakeOutcome {
    while true {
      let outcome = ring.take(
        upTo: most, as: consumer, preferring: buffer, hasReaped: hasReaped, .forever)
      if outcome != .again { return outcome }
    }
  }

  /// Takes, and wants something.
  func mustTake(upTo most: Int = 1, as consumer: EndpointState) throws -> Delivery {
    switch take(upTo: most, as: consumer) {
    case .taken(let delivery): return delivery
    case let other: throw Unexpected("take said \(other)")
    }
  }

  func bytes(_ delivery: Delivery) -> [[UInt8]] {
    var items: [[UInt8]] = []
    let isWhole = unsafe ring.forEachItem(of: delivery) {
      unsafe items.append(Array($0))
      return true
    }
    return isWhole ? items : []
  }

  func texts(_ delivery: Delivery) -> [String] {
    bytes(delivery).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Acknowledges without asking for more, and wants nothing to be left.
  func finish(_ delivery: Delivery) throws {
    let outcome = ring.acknowledge(delivery, delivering: false)
    if outcome != .finished { throw Unexpected("acknowledge said \(outcome)") }
  }

  /// Puts `texts` and takes them as one batch.
  func batch(_ texts: [String], by consumer: EndpointState) throws -> Delivery {
    let producer = try producer()
    for text in texts { try put(text, as: producer) }
    try close(producer)
    return try mustTake(upTo: texts.count, as: consumer)
  }

  @discardableResult
  func close(_ endpoint: EndpointState) throws -> Ring.RegistryChange {
    try ring.release(endpoint, .forever).get()
  }

  /// Makes the endpoint's process a dead one: its id belongs to a process that started later.
  func kill(_ endpoint: EndpointState) {
    ring[testing: .slotOwner(endpoint.slot)] = TestQueue.deadProcess.rawValue
  }

  /// Kills the endpoint's process, and reaps.
  func bury(_ endpoint: EndpointState) throws {
    kill(endpoint)
    _ = try ring.reap(.forever).get()
  }

  static var deadProcess: ProcessIdentity {
    ProcessIdentity(rawValue: ProcessIdentity.current.rawValue + 1 << 22)
  }

  func mark(_ buffer: Int) -> Mark { Mark(testing: ring[testing: .mark(buffer)]) }

  struct Letter: Hashable {
    var text: String
    var reason: DeadLetterReason
    var attempts: Int
    var message: String
  }

  func letters() throws -> [Letter] {
    var letters: [Letter] = []
    let refusal = unsafe ring.forEachDeadLetter(.forever) { item, reason, attempts, _, text in
      unsafe letters.append(
        Letter(
          text: String(decoding: item, as: UTF8.self), reason: reason, attempts: attempts,
          message: String(decoding: text, as: UTF8.self)))
    }
    if let refusal { throw Unexpected("the letters were refused: \(refusal)") }
    return letters
  }

  /// Makes a dead letter of one item, as an undecodable one.
  func writeLetter(_ text: String, message: String = "") throws {
    let consumer = try consumer()
    let delivery = try batch([text], by: consumer)
    if let refusal = ring.discardUndecodable(delivery, text: message, .forever) {
      throw Unexpected("the letter was refused: \(refusal)")
    }
    try close(consumer)
  }
}

/// Runs `body` on a thread that ends with the lock held: a dead owner.
func die(holding lock: RobustMutex, after body: @escaping @Sendable () -> Void = {}) {
  TestThread {
    _ = lock.lock(repairing: {})
    body()
  }.join()
}

/// Numbers that a failure can repeat. SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
