import CIterableQueue
import Glibc
import RingBuffer
import SharedMemory

/// With ATTACH_SEEDS=FOLDER the program writes what the fuzzer begins with, and ends: queues as this
/// version of the library lays them out, and some that are refused, each for one reason.
@_cdecl("LLVMFuzzerInitialize")
public func attachSeeds(
  _ count: UnsafeMutablePointer<CInt>?, _ arguments: UnsafeMutableRawPointer?
) -> CInt {
  guard let folder = unsafe getenv("ATTACH_SEEDS").map({ unsafe String(cString: $0) }) else {
    return 0
  }
  do {
    for seed in try Seed.all { try seed.write(to: folder) }
    exit(0)
  } catch {
    print("no seeds: \(error)")
    exit(1)
  }
}

private struct Seed {
  let name: String
  /// Whether a process can attach.
  let isQueue: Bool
  let input: [UInt8]

  struct Wrong: Error { var name: String }

  /// Operations of `Play`: register, put, take, acknowledge, reject, requeue, reap, damage…
  private static let steps: [[UInt8]] = [
    [1, 0, 20, 4, 1, 4, 4, 9, 1, 0, 4, 6, 1, 10, 0, 5, 11, 13, 1, 9, 0, 4, 8, 7],
    [3, 4, 9, 9, 9, 0, 4, 12, 7, 0, 9, 0, 4, 9, 0, 4, 9, 0, 4, 9, 0, 13, 4, 11],
    [0, 1, 1, 3, 4, 18, 0, 4, 19, 1, 15, 4, 14, 16, 0, 17, 21, 3, 0, 0, 1, 4, 11, 8],
    [21, 0, 0, 0, 0, 21, 1, 0, 0, 1, 4, 20, 2, 0, 0, 5, 21, 3, 0, 0, 2, 1, 4, 11],
  ]

  private static func header(
    _ change: (inout ciq_header) -> Void = { _ in }, isAtMostOnce: Bool = false
  ) throws -> [UInt8] {
    let geometry = Geometry(
      maxItemBytes: 64, maxItems: 16, maxEndpoints: 16, ringBytes: 1, deadLetterBytes: 0)
    let ring = try Ring.anonymous(
      geometry,
      QueueDescription(
        maxDeliveries: 3, isPersistent: false, isAtMostOnce: isAtMostOnce, codec: "raw",
        schema: "test"))
    var header = unsafe ring.segment.base.load(as: ciq_header.self)
    header.pid_namespace = 0  // the target puts those of its own process there
    header.time_namespace = 0
    header.created = 0
    header.creator = 0
    change(&header)
    return unsafe withUnsafeBytes(of: header) { unsafe Array($0) }
  }

  /// A seed's steps and the segment's bytes, as `attachTarget` reads them.
  private init(_ name: String, isQueue: Bool = true, _ steps: [UInt8], _ segment: [UInt8]) {
    self.name = name
    self.isQueue = isQueue
    input = [0, 0, 0] + steps + segment
  }

  static var all: [Seed] {
    get throws {
      let queue = try header()
      var seeds = steps.enumerated().map { Seed("queue-\($0)", $1, queue) }
      seeds.append(Seed("at-most-once", steps[0], try header(isAtMostOnce: true)))
      seeds.append(Seed("not-ready", isQueue: false, steps[0], try header { $0.ready = 0 }))
      seeds.append(
        Seed("version", isQueue: false, steps[0], try header { $0.layout_version += 1 }))
      seeds.append(
        Seed("other-schema", isQueue: false, steps[0], try header { $0.schema.0 = 0x58 }))
      seeds.append(Seed("geometry", isQueue: false, steps[0], try header { $0.ring_bytes += 8 }))
      return seeds
    }
  }

  func write(to folder: String) throws {
    let ring = unsafe input.withUnsafeBufferPointer {
      unsafe attach($0.baseAddress, $0.count)?.ring
    }
    guard (ring != nil) == isQueue else { throw Wrong(name: name) }
    let file = unsafe open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    defer { close(file) }
    guard unsafe Glibc.write(file, input, input.count) == input.count else {
      throw Wrong(name: name)
    }
  }
}
