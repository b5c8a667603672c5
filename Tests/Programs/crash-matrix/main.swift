// Lets processes die, and stop, at every named step of the protocol: crash-matrix [kill|stop] [POINT…]
//
// Prints one line for each point: number, name, how, outcome, items, redelivered, dead letters. From
// 1000 on are the rows of Worker.spawn, which die at a point that has a row already.
// Exits with 1 if a point was not reached or something was lost, doubled, or not settled.
#if CrashPoints
  import CIterableQueue
  import Glibc
  import SharedMemory

  /// Points that no act can reach, and why.
  let unreachable: [CrashPoint: String] = [
    .testing: "only tests store there",
    .logForgetAll: "only where the log is damaged",
  ]

  var arguments = Array(CommandLine.arguments.dropFirst())
  if arguments.first == "--spawned" {
    try SpawnRow.runSpawned(arguments.dropFirst())
    exit(0)
  }
  let isStop = arguments.first == "stop"
  if ["kill", "stop"].contains(arguments.first) { arguments.removeFirst() }
  let points = CrashPoint.allCases.filter {
    unreachable[$0] == nil && (arguments.isEmpty || arguments.contains("\($0)"))
  }

  let signal = isStop ? SIGSTOP : SIGKILL, stop = Duration.seconds(isStop ? 2 : 0)
  var rows: [(label: String, run: () throws -> Outcome)] = points.map { point in
    ("\(point.rawValue)\t\(point)", Row(point: point, signal: signal, stop: stop).run)
  }
  if arguments.isEmpty || arguments.contains("spawn") {
    for (index, row) in SpawnRow.all(signal: signal, stop: stop).enumerated() {
      rows.append(("\(1000 + index)\tspawn: \(row.name)", row.run))
    }
  }

  var running: [pid_t: String] = [:]
  var failed = 0
  @MainActor func waitForOne() {
    var status: CInt = 0
    let child = unsafe waitpid(-1, &status, 0)
    guard let label = running.removeValue(forKey: child) else { return }
    if status != 0 {
      failed += 1
      if status & 0x7f == SIGALRM {
        print("\(label)\thangs:")
        for line in processes(ofGroup: child) { print("  \(line)") }
      } else if status & 0x7f != 0 {
        print("\(label)\tended by signal \(status & 0x7f)")
      }
    }
    kill(-child, SIGKILL)
  }
  for (label, run) in rows {
    while running.count >= 32 { waitForOne() }
    let child = ciq_fork()
    if child == 0 {
      setpgid(0, 0)
      alarm(120)
      do {
        let outcome = try run()
        let verdict =
          !outcome.isReached
          ? "NOT REACHED" : outcome.wrong.isEmpty ? "ok" : "WRONG: \(outcome.wrong)"
        print(
          "\(label)\t\(isStop ? "stop" : "kill")\t\(verdict)\t\(outcome.items)"
            + "\t\(outcome.redelivered)\t\(outcome.deadLetters)")
        ciq_leave(outcome.isReached && outcome.wrong.isEmpty ? 0 : 1)
      } catch {
        print("\(label)\tfailed: \(error)")
        ciq_leave(1)
      }
    }
    running[child] = label
  }
  while !running.isEmpty { waitForOne() }
  print("\(rows.count) rows, \(failed) failed")
  exit(failed == 0 ? 0 : 1)
#else
  print("crash-matrix needs to be built with the package trait: swift build --traits CrashPoints")
#endif
