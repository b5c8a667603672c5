import FoundationEssentials
import Glibc
import IterableQueues
import Synchronization

/// What a worker knows beside its endpoints.
struct Given: Codable, Sendable {
  var gates: [Gate] = []
  var numbers: [Int] = []
  var texts: [String] = []

  init(_ gates: Gate..., numbers: [Int] = [], texts: [String] = []) {
    self.gates = gates
    self.numbers = numbers
    self.texts = texts
  }

  /// The first gate.
  var gate: Gate { gates[0] }
}

/// What a worker does, with endpoints of these types. It is a constant of a file, listed in `works`,
/// so that a program which is started anew finds it by its name.
struct Work<each E: Inheritable>: AnyWork {
  let name: String
  let body: @Sendable (Given, repeat each E) throws -> Void

  init(_ name: String, body: @escaping @Sendable (Given, repeat each E) throws -> Void) {
    self.name = name
    self.body = body
  }

  func runInherited(_ given: Given) throws {
    var number = 0
    func next<Made: Inheritable>(_ type: Made.Type) throws -> Made {
      defer { number += 1 }
      return try Made(inheritedAs: "\(number)")
    }
    try body(given, repeat next((each E).self))
  }
}

/// A work whatever its endpoints.
protocol AnyWork: Sendable {
  var name: String { get }
  /// In the program that was started for it.
  func runInherited(_ given: Given) throws
}

/// An endpoint that a spawned program takes up by a name.
protocol Inheritable: Endpoint {
  init(inheritedAs name: String) throws
}

extension Consumer: Inheritable where Item: Codable {
  convenience init(inheritedAs name: String) throws { try self.init(inherited: name) }
}

extension Producer: Inheritable where Item: Codable {
  convenience init(inheritedAs name: String) throws { try self.init(inherited: name) }
}

/// Starts a worker: a fork, or this program once more. `others` are endpoints that a program may take up
/// by their names; a fork has what its parent has.
@discardableResult
func start<each E: Inheritable>(
  _ work: Work<repeat each E>, _ endpoints: repeat each E, given: Given = Given(),
  others: [String: any Endpoint] = [:], in group: WorkerGroup? = nil,
  options: Worker.Options = Worker.Options()
) throws -> Worker {
  if areWorkersSpawned {
    startedPrograms.add(1, ordering: .relaxed)
    var named: [String: any Endpoint] = [:]
    repeat named["\(named.count)"] = each endpoints
    named.merge(others) { own, _ in own }
    let arguments = ["--work", work.name, try text(of: given)]
    return try group?.spawn(
      .thisProgram, arguments: arguments, endpoints: named, options: options)
      ?? Worker.spawn(.thisProgram, arguments: arguments, endpoints: named, options: options)
  }
  return try group?.fork(repeat each endpoints, options: options) {
    (mine: repeat each E) in try work.body(given, repeat each mine)
  }
    ?? Worker.fork(repeat each endpoints, options: options) { (mine: repeat each E) in
      try work.body(given, repeat each mine)
    }
}

/// Starts `count` workers by the group's own form for that.
func start<each E: Inheritable>(
  count: Int, _ work: Work<repeat each E>, given: Given = Given(), in group: WorkerGroup,
  endpoints: () throws -> (repeat each E)
) throws {
  if areWorkersSpawned {
    startedPrograms.add(1, ordering: .relaxed)
    let arguments = ["--work", work.name, try text(of: given)]
    try group.spawn(count: count, .thisProgram, arguments: arguments) { _ in
      let made = try endpoints()
      var named: [String: any Endpoint] = [:]
      repeat named["\(named.count)"] = each made
      return named
    }
  } else {
    try group.fork(count: count, endpoints: endpoints) { (mine: repeat each E) in
      try work.body(given, repeat each mine)
    }
  }
}

func text(of given: Given) throws -> String {
  String(decoding: try JSONEncoder().encode(given), as: UTF8.self)
}

/// What this program does if it was started for a work: `--work NAME GIVEN`.
func runWork(_ arguments: ArraySlice<String>) -> Never {
  Worker.run {
    let (name, text) = (arguments[2], arguments[3])
    let given = try JSONDecoder().decode(Given.self, from: Data(text.utf8))
    guard let work = works.first(where: { $0.name == name }) else { fail("no work \(name)") }
    try work.runInherited(given)
  }
}
