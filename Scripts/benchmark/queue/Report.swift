/// Counts and adds up what comes; between one producer and one consumer each must be the next.
struct Check {
  let isOrdered: Bool
  var count = 0
  var sum = 0
  var damage = 0

  @inline(__always)
  mutating func take(_ number: Int?) {
    guard let number else {
      damage |= 1
      return
    }
    if isOrdered { damage |= number ^ count }
    sum &+= number
    count += 1
  }
}

/// What a process saw.
struct Report: Codable {
  var began = UInt64.max
  var ended: UInt64 = 0
  var used: UInt64 = 0
  var count = 0
  var sum = 0
  var isDamaged = false
  var cpu = 0

  init() {}

  init(_ check: Check) {
    count = check.count
    sum = check.sum
    isDamaged = check.damage != 0
  }

  mutating func add(_ other: Report) {
    began = min(began, other.began)
    ended = max(ended, other.ended)
    used += other.used
    count += other.count
    sum &+= other.sum
    isDamaged = isDamaged || other.isDamaged
  }

  /// Throws unless exactly the items 0 to `each` - 1 of every producer came.
  func verify(producers: Int, each: Int) throws {
    let numbers = each &* (each - 1) / 2
    let right = (0..<producers).reduce(0) { $0 &+ numbers &+ each &* numbered($1, 0) }
    if count != producers * each || sum != right || isDamaged {
      throw WrongRun(
        description: "\(count) items of \(producers * each), sum \(sum), should be \(right)"
          + (isDamaged ? ", damaged or out of order" : ""))
    }
  }
}
