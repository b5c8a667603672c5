import TestSupport

/// One run of `queue-scenarios`, or of another executable of this package.
typealias Scenario = ProgramRun

extension Scenario {
  /// How a scenario's workers are started.
  enum Workers: String, CaseIterable, Sendable, CustomStringConvertible {
    case forked, spawned
    var description: String { rawValue }
  }

  /// Runs the scenario `name`. Blocks the calling thread.
  ///
  /// The program refuses to run a scenario that can have both kinds of workers unless it is told
  /// `workers`, and one that cannot if it is told.
  static func run(
    _ name: String, _ arguments: String..., workers: Workers? = nil,
    watchdog: Duration = .seconds(120)
  ) throws -> Scenario {
    try run(
      program: "queue-scenarios", [name] + arguments,
      environment: workers.map { ["SCENARIO_WORKERS=\($0)"] } ?? [], watchdog: watchdog)
  }

  /// Runs an executable of this package as a user would. Blocks the calling thread.
  static func run(
    program: String, _ arguments: [String], environment variables: [String] = [],
    watchdog: Duration = .seconds(120)
  ) throws -> Scenario {
    try run([path(of: program)] + arguments, environment: variables, watchdog: watchdog)
  }

  /// Whether the scenario `name`, which asks what this machine can do, ends with 0.
  static func succeeds(_ name: String) throws -> Bool { try run(name).status == 0 }
}
