// Runs one scenario in a process of its own: queue-scenarios NAME [ARGUMENTS…]
//
// The test runner has threads, so it must not fork; this program has one thread and may.
// A file of scenarios declares a dictionary and is listed here.
let scenarios: [String: Scenario] = [
  smokeScenarios, workerScenarios, forkScenarios, discardedWorkerScenarios, workerGroupScenarios,
  workerEndpointScenarios, queueScenarios, lossScenarios, deathScenarios,
  wayToDieScenarios, handOverScenarios, stoppedScenarios, limitScenarios, outOfMemoryScenarios,
  generationScenarios, nameScenarios, leavingScenarios, spawnScenarios,
  waitingScenarios,
]
.reduce(into: [:]) { all, some in
  all.merge(some) { _, _ in fail("two scenarios have the same name") }
}

/// What workers do, for those that are started as programs of their own.
let works: [any AnyWork] = [
  endpointWorks, queueWorks, lossWorks, wayToDieWorks, stoppedWorks, deathWorks,
  workerWorks, groupWorks, discardedWorks, handOverWorks, limitWorks, outOfMemoryWorks,
  generationWorks, nameWorks, leavingWorks, spawnWorks, waitingWorks,
].flatMap { $0 }

if CommandLine.arguments.dropFirst().first == "--work" { runWork(CommandLine.arguments[...]) }

if CommandLine.arguments.dropFirst() == ["--list"] { listScenarios() }

guard CommandLine.arguments.count > 1, let scenario = scenarios[CommandLine.arguments[1]] else {
  fail(
    "usage: queue-scenarios NAME [ARGUMENTS…], with one of these names:\n  "
      + scenarios.keys.sorted().joined(separator: "\n  "))
}
refuseOtherWays(of: CommandLine.arguments[1])
do {
  try scenario(Array(CommandLine.arguments.dropFirst(2)))
} catch {
  fail("threw: \(error)")
}
refuseNoProgram(in: CommandLine.arguments[1])
