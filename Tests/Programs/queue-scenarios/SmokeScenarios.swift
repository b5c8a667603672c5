import Glibc

/// For the tests of the scenario runner itself.
let smokeScenarios: [String: Scenario] = [
  "echo": { arguments in
    say(arguments.joined(separator: " "))
    say("to standard error", to: STDERR_FILENO)
  },
  "failed-expectation": { _ in expect(1 + 1 == 3, "one and one is three") },
  "hang": { _ in while true { pause() } },
  "exit": { arguments in exit(Int32(arguments[0]) ?? 99) },
  "die": { arguments in
    raise(Int32(arguments[0]) ?? SIGKILL)
    fail("the signal did not come")
  },
]
