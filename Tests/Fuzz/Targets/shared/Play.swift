import Glibc
import RingBuffer
import SharedMemory

/// Does to a ring what the input says: operations in any order, and damage in between.
///
/// What they answer does not matter, only that they do.
struct Play: ~Copyable {
  let ring: Ring
  private let fence: Fence
  private var endpoints: [EndpointState] = []
  private var deliveries: [(delivery: Delivery, consumer: EndpointState)] = []
  private var batch = RecordBatch()
  /// Threads that died with a lock take long, in an input that should be tried often.
  private var deaths = 0

  init(_ ring: Ring) {
    self.ring = ring
    fence = Fence(around: ring)
    for kind in [SlotKind.producer, .consumer, .consumer] { register(kind) }
  }

  mutating func run(_ input: inout Input) {
    while !input.isAtEnd { step(&input) }
    look()
    for endpoint in endpoints { _ = ring.release(endpoint, .once) }
    _ = ring.cancel(.briefly)
  }

  private mutating func register(_ kind: SlotKind) {
    if endpoints.count < 12, case .registered(let endpoint) = ring.register(kind, .once) {
      endpoints.append(endpoint)
    }
  }

  private func any(_ input: inout Input) -> EndpointState? {
    endpoints.isEmpty ? nil : endpoints[input.number(below: endpoints.count)]
  }

  private mutating func step(_ input: inout Input) {
    switch input.byte() % 26 {
    case 0: register([.producer, .consumer, .handle][input.number(below: 3)])
    case 1, 2: put(&input)
    case 3: putBatch(&input)
    case 4, 5, 6: take(&input)
    case 7, 8: acknowledge(&input)
    case 9: reject(&input)
    case 10: discard(&input)
    case 11: look()
    case 12: _ = ring.discardDeadLetters(.once)
    case 13: _ = ring.requeueOldestDeadLetter(.once)
    case 14: _ = ring.acknowledged(.briefly)
    case 15: _ = ring.reap(.once)
    case 16: close(&input)
    case 17: handOver(&input)
    case 18: die(&input)
    case 19: kill(&input)
    case 20: flip(&input)
    default: damage(&input)
    }
  }

  private func bytes(_ count: Int) -> [UInt8] {
    Array(repeating: 0x61, count: min(count, ring.geometry.maxItemBytes))
  }

  private mutating func put(_ input: inout Input) {
    let item = bytes(Int(input.byte()))
    guard let producer = any(&input) else { return }
    unsafe item.withUnsafeBytes { _ = unsafe ring.put($0, as: producer, .once) }
  }

  private mutating func putBatch(_ input: inout Input) {
    batch.removeAll()
    for _ in 0..<input.number(below: 9) {
      unsafe bytes(Int(input.byte())).withUnsafeBytes { unsafe batch.append($0) }
    }
    guard let producer = any(&input) else { return }
    _ = ring.put(batch, from: input.number(below: batch.count + 1), as: producer, .once)
  }

  private mutating func take(_ input: inout Input) {
    let choice = input.byte()
    guard let consumer = any(&input) else { return }
    let outcome = ring.take(
      upTo: Int(choice >> 2), as: consumer, preferring: Int(choice & 7) - 1,
      hasReaped: choice & 2 != 0, .once)
    guard case .taken(let delivery) = outcome else { return }
    read(delivery)
    if deliveries.count < 16 { deliveries.append((delivery, consumer)) }
  }

  private func read(_ delivery: Delivery) {
    var sum = 0
    _ = unsafe ring.forEachItem(of: delivery) {
      for index in $0.indices { unsafe sum &+= Int($0[index]) }
      return true
    }
    blackHole(sum)
  }

  private mutating func acknowledge(_ input: inout Input) {
    if deliveries.isEmpty { return }
    let choice = input.byte()
    let index = Int(choice >> 2) % deliveries.count
    let (delivery, consumer) = deliveries.remove(at: index)
    let part = choice & 2 != 0 ? delivery.cut(to: min(1, delivery.delivered)) : delivery
    switch ring.acknowledge(part, delivering: choice & 1 != 0) {
    case .next(let next), .rest(let next):
      read(next)
      deliveries.append((next, consumer))
    case .finished, .lost: break
    }
  }

  private mutating func reject(_ input: inout Input) {
    if deliveries.isEmpty { return }
    let (delivery, consumer) = deliveries.remove(at: input.number(below: deliveries.count))
    _ = ring.reject(delivery, as: consumer)
  }

  private mutating func discard(_ input: inout Input) {
    if deliveries.isEmpty { return }
    let (delivery, _) = deliveries.remove(at: input.number(below: deliveries.count))
    let text = String(repeating: "x", count: 2 * Int(input.byte()))
    _ = ring.discardUndecodable(delivery, text: text, .once)
  }

  private func look() {
    var sum = ring.statistics.hashValue
    _ = unsafe ring.forEachDeadLetter(.once) { item, _, _, _, text in
      for index in item.indices { unsafe sum &+= Int(item[index]) }
      for index in text.indices { unsafe sum &+= Int(text[index]) }
    }
    blackHole(sum &+ ring.count)
    blackHole((ring.isFull ? 1 : 0) + (ring.isHalfEmpty ? 2 : 0) + (ring.isDrained ? 4 : 0))
    _ = ring.takesTurnToReap(at: .now)
  }

  private mutating func close(_ input: inout Input) {
    switch input.byte() % 16 {
    case 0: _ = ring.close(.once)
    case 1: _ = ring.cancel(.once)
    case 2, 3: if let endpoint = any(&input) { ring.abandon(endpoint) }
    case 4: _ = try? ring.reserveAnotherBuffer()
    case 5: _ = ring.passThroughPutLock(.once)
    default:
      if endpoints.isEmpty { return }
      _ = ring.release(endpoints.remove(at: input.number(below: endpoints.count)), .once)
    }
  }

  private mutating func handOver(_ input: inout Input) {
    guard let endpoint = any(&input) else { return }
    let other = ProcessIdentity(rawValue: input.word())
    let toOther = input.byte() & 1 != 0
    _ = ring.handOver(
      endpoint, from: toOther ? .current : other, to: toOther ? other : .current, .once)
  }

  /// The endpoint's process is a dead one.
  private mutating func kill(_ input: inout Input) {
    guard let endpoint = any(&input) else { return }
    ring[testing: .slotOwner(endpoint.slot)] = ProcessIdentity.current.rawValue + 1 << 22
    _ = ring.reap(.once)
  }

  /// Somebody dies with a lock.
  private mutating func die(_ input: inout Input) {
    let choice = input.byte()
    deaths += 1
    if deaths > 3 { return }
    let lock =
      switch choice % 3 {
      case 0: ring.testingGetLock
      case 1: ring.testingRegistryLock
      default: ring.testingPutLock
      }
    dieHolding(lock)
  }

  private func part(_ input: inout Input) -> TestingPart {
    TestingPart.allCases[input.number(below: TestingPart.allCases.count)]
  }

  private mutating func flip(_ input: inout Input) {
    let (part, index) = (part(&input), input.half())
    let bit: UInt64 = 1 << UInt64(input.byte() & 63)
    ring.damage(part, word: index, with: ring.word(index, of: part) ^ bit)
  }

  private mutating func damage(_ input: inout Input) {
    let (part, index) = (part(&input), input.half())
    let value: UInt64 =
      switch input.byte() % 8 {
      case 0: 0
      case 1: .max
      case 2: ring.word(index, of: part) &+ UInt64(input.byte())
      case 3: ring.word(index, of: part) &- UInt64(input.byte())
      case 4: ring.word(input.half(), of: self.part(&input))  // what stood elsewhere
      case 5:  // a record's header
        UInt64(input.byte()) | UInt64(~UInt32(input.byte())) << 32
      default: input.word()
      }
    ring.damage(part, word: index, with: value)
  }
}

@inline(never)
private func blackHole(_ value: Int) {
  if value == 0x5EED_5EED_5EED { print(value) }
}

private func dieHolding(_ lock: RobustMutex) {
  final class Job: Sendable {
    let lock: RobustMutex
    init(_ lock: RobustMutex) { self.lock = lock }
  }
  var thread = pthread_t()
  let argument = unsafe Unmanaged.passRetained(Job(lock)).toOpaque()
  let error = unsafe pthread_create(
    &thread, nil,
    {
      guard let argument = unsafe $0 else { return nil }
      _ = unsafe Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().lock
        .lock(.once, repairing: {})
      return nil
    }, argument)
  if error == 0 { pthread_join(thread, nil) }
}
