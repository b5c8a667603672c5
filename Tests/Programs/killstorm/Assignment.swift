import Glibc
import IterableQueues

/// What a spawned worker is told by its arguments; its endpoints it takes up by their names.
struct Assignment {
  static let option = "--worker"
  static let input = "in", output = "out"

  var role: Role
  var number: Int
  var seed: UInt64
  var isRaw: Bool
  /// Those of the cells that the storm shares.
  var descriptors: [CInt]

  var arguments: [String] {
    [Self.option, "\(role.rawValue)", "\(number)", "\(seed)", "\(isRaw)"]
      + descriptors.map { "\($0)" }
  }
}

extension Assignment {
  /// Nil if the program is not a worker.
  init?(_ arguments: [String]) {
    guard arguments.count == 8, arguments[0] == Self.option,
      let role = Int(arguments[1]).flatMap(Role.init(rawValue:)), let number = Int(arguments[2]),
      let seed = UInt64(arguments[3]), let isRaw = Bool(arguments[4])
    else { return nil }
    self.init(
      role: role, number: number, seed: seed, isRaw: isRaw,
      descriptors: arguments[5...].compactMap { CInt($0) })
  }

  func work() -> Never {
    Worker.run {
      let shared = SharedMemoryOfStorm(of: descriptors)
      if isRaw {
        try work(Storm<Int>(joining: shared, seed: seed))
      } else {
        try work(Storm<Parcel>(joining: shared, seed: seed))
      }
    }
  }

  private func work<Item: StormItem>(_ storm: Storm<Item>) throws {
    var work = Work(storm, role, number: number, isClosedAfterwards: true)
    work.start()
    switch role {
    case .producer: try work.produce(Producer(inherited: Self.output))
    case .relay:
      try work.relay(Consumer(inherited: Self.input), Producer(inherited: Self.output))
    case .sink: try work.sink(Consumer(inherited: Self.input))
    }
  }
}
