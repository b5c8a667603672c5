import Glibc
import Synchronization

/// How a scenario is run: SCENARIO_WORKERS is "forked" or "spawned", and scenarios that are not run both
/// ways are run without it.
private let asked = unsafe getenv("SCENARIO_WORKERS").map { unsafe String(cString: $0) }

/// Whether this run's workers are programs of their own.
let areWorkersSpawned = asked == "spawned"

/// How many this run has started.
let startedPrograms = Atomic<Int>(0)

/// The one way to run a scenario that is not run both ways, and why.
struct OneWay {
  enum Way: String { case forked, spawned, alone }

  var way: Way
  var reason: String

  static func forked(_ reason: String) -> OneWay { OneWay(way: .forked, reason: reason) }
  static func spawned(_ reason: String) -> OneWay { OneWay(way: .spawned, reason: reason) }
  static func alone(_ reason: String) -> OneWay { OneWay(way: .alone, reason: reason) }
}

/// Every scenario runs with forked workers and with spawned ones, but for these.
let oneWay: [String: OneWay] = [
  "echo": .alone("tests the runner of scenarios"),
  "failed-expectation": .alone("tests the runner of scenarios"),
  "hang": .alone("tests the runner of scenarios"),
  "exit": .alone("tests the runner of scenarios"),
  "die": .alone("tests the runner of scenarios"),
  "can-limit-memory": .alone("asks what the machine can do"),
  "can-make-namespaces": .alone("asks what the machine can do"),
  "can-mount": .alone("asks what the machine can do"),
  "can-trace": .alone("asks what the machine can do"),
  "put-by-name": .alone("is what a program does that another library starts"),
  "attach-elsewhere": .alone("is what a program does in another pid namespace"),
  "an-anonymous-queue-cannot-be-truncated": .alone("has no worker"),
  "the-permissions-do-not-depend-on-the-umask": .alone("has no worker"),
  "a-full-folder-is-an-error": .alone("has no worker"),

  "fork-with-threads": .forked("only a fork is refused for them; see many-threads-spawn"),
  "fork-after-join": .forked("only a fork is refused for threads"),
  "fork-biased-lock": .forked("a program has no handle of its parent's"),
  "fork-while-reading": .forked("a program does not begin in a closure of its parent's"),
  "fork-stdio": .forked("a program has no buffer and no exit handler of its parent's"),
  "worker-inherited": .forked("a program has no Worker of its parent's"),
  "group-inherited": .forked("a program has no WorkerGroup of its parent's"),
  "endpoints-numbered": .forked(
    "the number is an argument of the closure; a program has its own arguments"),
  "a-captured-endpoint-is-closed-with-its-worker": .forked("a program captures nothing"),
  "thief": .forked("a program cannot take what it is not given"),
  "a-child-that-uses-nothing-takes-nothing": .forked("a program cannot take what it is not given"),
  "no-descriptors-on-first-use": .forked("a program is given descriptors that it claims with"),

  "a-program-in-another-pid-namespace-is-refused": .spawned(
    "only a program attaches; see a-process-of-another-pid-namespace-is-refused"),
  "a-program-that-cannot-be-started": .spawned("a fork looks for no file"),
  "a-program-gets-its-surroundings": .spawned("a fork has its parent's"),
  "a-program-that-takes-nothing-up": .spawned("a fork claims its endpoints before its closure"),
  "a-program-of-another-type": .spawned("a fork has its parent's types"),
  "a-token-that-is-forged": .spawned("a fork has no token"),
  "a-token-that-was-used": .spawned("a fork has no token"),
  "a-program-that-leaves-with-an-item-in-hand": .spawned(
    "a fork that calls exit is a death; see a-death-lets-a-waiting-consumer-go-on"),
  "a-program-is-not-bothered-by-its-parent's-signals": .spawned("a fork has its parent's"),
  "descriptors-are-passed-on-to-that-program-only": .spawned("a fork has its parent's"),
  "a-group-spawns-several": .spawned("see endpoints-numbered, endpoints-group-fails-midway"),
  "many-threads-spawn": .spawned("a fork is refused there; see fork-with-threads"),
]

/// Prints NAME, the way or "both", and the reason, by tabs, for each scenario; for the test that all are
/// run.
func listScenarios() -> Never {
  for name in oneWay.keys where scenarios[name] == nil { fail("no scenario \(name)") }
  for name in scenarios.keys.sorted() {
    let only = oneWay[name]
    print(name, only?.way.rawValue ?? "both", only?.reason ?? "", separator: "\t")
  }
  exit(0)
}

/// Before a scenario: fails where it is run in a way that it is not made for.
func refuseOtherWays(of scenario: String) {
  if let only = oneWay[scenario] {
    if asked != nil { fail("\(scenario) is not run both ways: \(only.reason)") }
  } else if !["forked", "spawned"].contains(asked) {
    fail("\(scenario) is run both ways: SCENARIO_WORKERS says which")
  }
}

/// After it: fails where no program was started although that was asked for.
func refuseNoProgram(in scenario: String) {
  if areWorkersSpawned && startedPrograms.load(ordering: .relaxed) == 0 {
    fail("\(scenario) has spawned no worker")
  }
}
