import SharedMemory
import Testing

@Suite struct DeadlineTests {
  @Test func `never is not past`() {
    #expect(!Deadline.never.isPast)
    #expect(Deadline.now < .never)
  }

  @Test func `a moment is past at once`() {
    #expect(Deadline.now.isPast)
    #expect(Deadline(after: .zero).isPast)
  }

  @Test func `a negative duration is none`() {
    #expect(Deadline(after: .seconds(-5)).isPast)
    #expect(Deadline(after: .nanoseconds(-1)).isPast)
    #expect(Deadline(after: .seconds(Int64.min)).isPast)
    #expect(!Deadline(after: .seconds(-5)).isEarlier(than: .now, byMoreThan: 1_000_000_000))
  }

  @Test func `a duration of centuries is never`() {
    #expect(Deadline(after: .seconds(Int64.max)) == .never)
    #expect(Deadline(after: .seconds(10_000_000_000)) == .never)
    #expect(Deadline(after: .seconds(9_223_372_036)) == .never)
  }

  @Test func `a duration of a century is counted`() {
    let before = Deadline.now
    let deadline = Deadline(after: .seconds(3_155_760_000))
    #expect(deadline != .never)
    #expect(deadline.nanoseconds - before.nanoseconds >= 3_155_760_000_000_000_000)
  }

  @Test func `parts of a nanosecond are dropped`() {
    let deadline = Deadline(after: Duration(secondsComponent: 0, attosecondsComponent: 999_999_999))
    #expect(deadline.isPast)
  }
}

extension Deadline {
  fileprivate func isEarlier(than other: Deadline, byMoreThan nanoseconds: UInt64) -> Bool {
    self < other && other.nanoseconds - self.nanoseconds > nanoseconds
  }
}
