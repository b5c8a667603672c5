import Glibc
import IterableQueues

/// A producer together with the ledger that says what it did.
struct PuttingHand<Item: StormItem> {
  let producer: Producer<Item>
  let ledger: Ledger
  let board: Scoreboard
  let worker: Int

  /// Puts items made from `origins`, in one of many ways. Returns how many of them, from the start,
  /// are in the queue; nil if the ledger has no numbers left.
  func put(from origins: [Int], _ random: inout Random) throws -> Int? {
    guard let numbers = ledger.draw(origins.count) else { return nil }
    let items = numbers.map { Item.make(Ticket(number: $0, worker: worker), &random) }
    for (number, origin) in zip(numbers, origins) {
      ledger.begin(number, from: origin, deadly: board.drawDeadly())
    }
    var accepted = 0
    do throws(QueueError) {
      if items.count > 1 {
        try producer.put(contentsOf: items)
        accepted = items.count
      } else {
        accepted = try putOne(items[0], &random) ? 1 : 0
      }
    } catch {
      accepted = error.acceptedItems ?? 0
      note(numbers, accepted)
      switch error.code {
      // All consumers were dead for a moment.
      case .noConsumers: usleep(500)
      case .timedOut: break
      default: throw error
      }
      return accepted
    }
    note(numbers, accepted)
    return accepted
  }

  private func putOne(_ item: Item, _ random: inout Random) throws(QueueError) -> Bool {
    switch random.below(6) {
    case 0:
      if try producer.tryPut(item) { return true }
      usleep(200)
      return false
    case 1:
      try producer.put(item, timeout: .milliseconds(random.below(8)))
      return true
    default:
      try producer.put(item)
      return true
    }
  }

  private func note(_ numbers: Range<Int>, _ accepted: Int) {
    ledger.note(Ledger.Facts.putReturned, of: numbers.prefix(accepted))
    ledger.note(Ledger.Facts.putRefused, of: numbers.dropFirst(accepted))
  }
}
