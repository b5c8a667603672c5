import Glibc

/// Lets processes and threads wait for each other: who passes takes a token, who opens puts some.
struct Gate: Codable, Sendable {
  private let readEnd: CInt
  private let writeEnd: CInt

  init() {
    var ends: [CInt] = [0, 0]
    if unsafe pipe(&ends) != 0 { fail("pipe: errno \(errno)") }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  func pass() { _ = receive() }
  func open(for count: Int = 1) { for _ in 0..<count { send(0) } }

  /// A token may carry a number.
  func send(_ number: Int) {
    var number = number
    if unsafe write(writeEnd, &number, 8) != 8 { fail("write: errno \(errno)") }
  }

  func receive() -> Int {
    var number = 0
    while true {
      let count = unsafe read(readEnd, &number, 8)
      if count == 8 { return number }
      if errno != EINTR { fail("read: errno \(errno)") }
    }
  }
}
