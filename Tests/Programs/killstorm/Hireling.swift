import CIterableQueue
import Glibc
import IterableQueues

/// A process of the storm. The queue's endpoints come to it in one of four ways.
struct Hireling {
  let role: Role
  let number: Int
  let process: CInt
  private let kind: Kind

  private enum Kind {
    case worker(Worker)
    /// A fork of the user's own, which takes its endpoints by using them. If it dies before it
    /// did, they are the parent's still, which closes them.
    case fork([any Closable])
  }

  /// How a worker is made.
  private enum Way: CaseIterable {
    /// `Worker.fork` hands the endpoints over.
    case handOver
    /// It makes its own endpoints.
    case own
    /// It takes the parent's.
    case take
  }

  static func hire<Item: StormItem>(
    _ role: Role, _ storm: Storm<Item>, number: Int, _ random: inout Random
  ) throws -> Hireling {
    if storm.areWorkersSpawned { return try spawn(role, storm, number: number) }
    let way = Way.allCases[random.below(3)]
    let first = storm.queues[0], second = storm.queues[1]
    var work = Work(storm, role, number: number, isClosedAfterwards: way == .handOver)
    let options = Worker.Options(diesWithParent: true)
    switch (way, role) {
    case (.handOver, .producer):
      return try Hireling(
        role, number,
        Worker.fork(first.makeProducer(), options: options) {
          work.start()
          try work.produce($0)
        })
    case (.handOver, .relay):
      return try Hireling(
        role, number,
        Worker.fork(first.makeConsumer(), second.makeProducer(), options: options) {
          work.start()
          try work.relay($0, $1)
        })
    case (.handOver, .sink):
      return try Hireling(
        role, number,
        Worker.fork(second.makeConsumer(), options: options) {
          work.start()
          try work.sink($0)
        })
    case (.own, .producer):
      return try Hireling(
        role, number,
        Worker.fork(options: options) {
          work.start()
          try work.produce(first.makeProducer())
        })
    case (.own, .relay):
      return try Hireling(
        role, number,
        Worker.fork(options: options) {
          work.start()
          try work.relay(first.makeConsumer(), second.makeProducer())
        })
    case (.own, .sink):
      return try Hireling(
        role, number,
        Worker.fork(options: options) {
          work.start()
          try work.sink(second.makeConsumer())
        })
    case (.take, .producer):
      let producer = try first.makeProducer()
      return fork(role, number, [producer]) {
        work.start()
        try work.produce(producer)
      }
    case (.take, .relay):
      let consumer = try first.makeConsumer(), producer = try second.makeProducer()
      return fork(role, number, [consumer, producer]) {
        work.start()
        try work.relay(consumer, producer)
      }
    case (.take, .sink):
      let consumer = try second.makeConsumer()
      return fork(role, number, [consumer]) {
        work.start()
        try work.sink(consumer)
      }
    }
  }

  private static func spawn<Item: StormItem>(
    _ role: Role, _ storm: Storm<Item>, number: Int
  ) throws -> Hireling {
    var endpoints: [String: any Endpoint] = [:]
    if role != .producer {
      endpoints[Assignment.input] = try storm.queues[role == .relay ? 0 : 1].makeConsumer()
    }
    if role != .sink {
      endpoints[Assignment.output] = try storm.queues[role == .producer ? 0 : 1].makeProducer()
    }
    let assignment = Assignment(
      role: role, number: number, seed: storm.seed, isRaw: Item.self == Int.self,
      descriptors: storm.descriptors)
    return try Hireling(
      role, number,
      Worker.spawn(
        .thisProgram, arguments: assignment.arguments, endpoints: endpoints,
        options: Worker.Options(diesWithParent: true)))
  }

  private init(_ role: Role, _ number: Int, _ worker: Worker) {
    self.role = role
    self.number = number
    process = worker.processIdentifier
    kind = .worker(worker)
  }

  private init(_ role: Role, _ number: Int, process: CInt, _ endpoints: [any Closable]) {
    self.role = role
    self.number = number
    self.process = process
    kind = .fork(endpoints)
  }

  private static func fork(
    _ role: Role, _ number: Int, _ endpoints: [any Closable], _ body: () throws -> Void
  ) -> Hireling {
    let parent = getpid()
    let child = ciq_fork()
    if child < 0 {
      complain("fork: errno \(-child)")
      exit(2)
    }
    if child > 0 { return Hireling(role, number, process: child, endpoints) }
    if ciq_die_with_parent(SIGKILL, parent) != 0 { ciq_leave(0) }
    do {
      try body()
    } catch is Deliberate {
      ciq_leave(0)
    } catch {
      complain("worker \(number) (\(role)) threw: \(error)")
      ciq_leave(3)
    }
    ciq_leave(0)
  }

  /// Whether the process runs; reaps it if not.
  enum State {
    case running
    case ended
    /// It threw what no worker of the storm should.
    case failed(String)
  }

  func look() -> State {
    switch kind {
    case .worker(let worker):
      if worker.isRunning { return .running }
      do {
        try worker.wait()
        return .ended
      } catch let error as WorkerError {
        guard let message = error.message, message != Deliberate.text else { return .ended }
        return .failed("\(role) \(error)")
      } catch {
        return .failed("\(role): \(error)")
      }
    case .fork(let endpoints):
      var end = ciq_child_end()
      let error = unsafe ciq_child_wait(process, 0, 0, &end)
      if error == 0 && end.ended == 0 { return .running }
      for endpoint in endpoints { endpoint.close() }
      return error == 0 && end.status != 3 ? .ended : .failed("\(role) \(number): see above")
    }
  }
}

/// An endpoint whose item type does not matter.
protocol Closable {
  func close()
}
extension Producer: Closable {}
extension Consumer: Closable {}
