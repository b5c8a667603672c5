// Lets processes die, and stop, at every named step of the protocol: crash-matrix [kill|stop] [POINT…]
//
// Prints one line for each point: number, name, how, outcome, items, redelivered, dead letters.
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
  let isStop = arguments.first == "stop"
  if ["kill", "stop"].contains(arguments.first) { arguments.removeFirst() }
  let points = CrashPoint.allCases.filter {
    unreachable[$0] == nil && (arguments.isEmpty || arguments.contains("\($0)"))
  }

  var running: [pid_t: CrashPoint] = [:]
  var failed = 0
  @MainActor func waitForOne() {
    var status: CInt = 0
    let child = unsafe waitpid(-1, &status, 0)
    guard let point = running.removeValue(forKey: child) else { return }
    if status != 0 {
      failed += 1
      if status & 0x7f == SIGALRM {
        print("\(point.rawValue)\t\(point)\thangs:")
        for line in processes(ofGroup: child) { print("  \(line)") }
      } else if status & 0x7f != 0 {
        print("\(point.rawValue)\t\(point)\tended by signal \(status & 0x7f)")
      }
    }
    kill(-child, SIGKILL)
  }
  for point in points {
    while running.count >= 8 { waitForOne() }
    let child = ciq_fork()
    if child == 0 {
      setpgid(0, 0)
      alarm(120)
      do {
        let row = Row(
          point: point, signal: isStop ? SIGSTOP : SIGKILL, stop: .seconds(isStop ? 2 : 0))
        let outcome = try row.run()
        let verdict =
          !outcome.isReached
          ? "NOT REACHED" : outcome.wrong.isEmpty ? "ok" : "WRONG: \(outcome.wrong)"
        print(
          "\(point.rawValue)\t\(point)\t\(isStop ? "stop" : "kill")\t\(verdict)\t\(outcome.items)"
            + "\t\(outcome.redelivered)\t\(outcome.deadLetters)")
        ciq_leave(outcome.isReached && outcome.wrong.isEmpty ? 0 : 1)
      } catch {
        print("\(point.rawValue)\t\(point)\tfailed: \(error)")
        ciq_leave(1)
      }
    }
    running[child] = point
  }
  while !running.isEmpty { waitForOne() }
  print("\(points.count) points, \(failed) failed")
  exit(failed == 0 ? 0 : 1)
#else
  print("crash-matrix needs to be built with the package trait: swift build --traits CrashPoints")
#endif
