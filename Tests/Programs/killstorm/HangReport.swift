import Glibc
import IterableQueues

/// Says where everything stands. `/proc/PID/stack` is for root only.
func describeHang<Item: StormItem>(
  _ storm: Storm<Item>, _ workforce: Workforce<Item>, during what: String
) {
  complain("HANG: no progress for 20 s during: \(what); seed \(storm.seed)")
  for (index, queue) in storm.queues.enumerated() {
    complain("queue \(index + 1): \(queue.statistics)")
  }
  for finding in storm.board.findings { complain(finding.text) }
  for hireling in workforce.hirelings {
    let process = hireling.process
    complain("\(hireling.role) \(hireling.number), process \(process):")
    for name in ["stat", "wchan", "syscall", "stack"] {
      complain("  \(name): \(firstLines(of: "/proc/\(process)/\(name)"))")
    }
  }
  let parent = getpid()
  complain("parent \(parent): \(firstLines(of: "/proc/\(parent)/wchan"))")
}

/// At most 600 bytes, on one line.
func firstLines(of path: String) -> String {
  let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
  if file < 0 { return "errno \(errno)" }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 600)
  let count = unsafe read(file, &bytes, bytes.count)
  if count < 0 { return "errno \(errno)" }
  return String(decoding: bytes[..<count].map { $0 == 10 ? 32 : $0 }, as: UTF8.self)
}
