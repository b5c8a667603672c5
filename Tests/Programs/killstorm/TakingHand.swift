import Glibc
import IterableQueues

/// A consumer together with the ledger that says what it did, and with what it holds.
struct TakingHand<Item: StormItem> {
  let consumer: Consumer<Item>
  /// 1 or 2, for findings.
  let place: Int
  let ledger: Ledger
  let board: Scoreboard
  let maxDeliveries: Int
  private(set) var held: [Int] = []
  /// The last number seen of each producer, among first deliveries.
  private var last: [Int: Int] = [:]

  init(_ consumer: Consumer<Item>, _ storm: Storm<Item>, place: Int) {
    self.consumer = consumer
    self.place = place
    ledger = storm.ledgers[place - 1]
    board = storm.board
    maxDeliveries = storm.maxDeliveries
  }

  /// How a take ended.
  enum Taken { case some, nothing, end }

  /// Takes items in one of many ways, which acknowledges those held.
  mutating func take(_ random: inout Random) throws -> Taken {
    ledger.note(Ledger.Facts.acknowledgeBegan, of: held)
    var items: [Item] = []
    var isEnd = false
    do {
      switch random.below(6) {
      case 0:
        switch try consumer.poll() {
        case .item(let item): items = [item]
        case .empty: break
        case .done: isEnd = true
        }
      case 1: items = try one(consumer.get(timeout: .milliseconds(random.below(8))), &isEnd)
      case 2, 3:
        items = try consumer.get(upTo: 1 + random.below(16))
        isEnd = items.isEmpty
      case 4:
        items = one(consumer.next(), &isEnd)
        if let failure = consumer.failure { throw failure }
      default: items = try one(consumer.get(), &isEnd)
      }
    } catch let error as QueueError {
      switch error.code {
      case .timedOut, .undecodable: break
      default:
        if error.code == .endpointClosed { report(.declaredDead, 0, 0) }
        throw error
      }
    }
    ledger.note(Ledger.Facts.acknowledged, of: held)
    held = []
    if isEnd {
      checkEnd()
      return .end
    }
    for item in items { receive(item) }
    if !items.isEmpty { board.noteProgress(items.count) }
    return items.isEmpty ? .nothing : .some
  }

  private func one(_ item: Item?, _ isEnd: inout Bool) -> [Item] {
    isEnd = item == nil
    return item.map { [$0] } ?? []
  }

  private mutating func receive(_ item: Item) {
    let ticket = item.ticket, attempt = consumer.attempt
    guard item.isWhole, ledger.cells.count > ticket.number, ticket.number > 0 else {
      report(.damagedItem, ticket.number, ticket.value)
      return
    }
    let before = ledger.update(ticket.number) { $0.delivered(attempt: attempt) }
    func check(_ condition: Bool, _ finding: Finding, _ detail: Int) {
      if !condition {
        board.report(finding, queue: place, number: ticket.number, before.word, detail)
      }
    }
    check(
      !before.has(Ledger.Facts.acknowledged), .deliveredAfterAcknowledgement, attempt)
    check(attempt > before.attempt, .attemptNotHigher, attempt)
    check(attempt <= maxDeliveries, .tooManyAttempts, attempt)
    check(
      before.has(Ledger.Facts.putBegan) && !before.has(Ledger.Facts.putRefused), .neverPut, attempt)
    if attempt == 1 && Item.comesInOrder {
      let earlier = last.updateValue(ticket.number, forKey: ticket.worker) ?? 0
      check(ticket.number > earlier, .outOfOrder, earlier)
    }
    held.append(ticket.number)
  }

  /// Nothing may come after the end.
  private func checkEnd() {
    board.noteEnd()
    let now = consumer.endpointCore.testingStatistics
    if !now.isClosed || now.producers > 0 || now.count > 0 { report(.endedEarly, 0, now.count) }
  }

  private func report(_ finding: Finding, _ number: Int, _ detail: Int) {
    board.report(finding, queue: place, number: number, 0, detail)
  }

  /// Whether one of the items kills who takes it.
  var holdsDeadly: Bool { held.contains { ledger[$0].has(Ledger.Facts.deadly) } }

  /// Acknowledges or rejects what is held, or leaves that to the next take.
  mutating func settle(_ random: inout Random) throws {
    switch random.below(30) {
    case 0..<8:
      ledger.note(Ledger.Facts.acknowledgeBegan, of: held)
      consumer.acknowledge()
      if let failure = consumer.failure { throw failure }
      ledger.note(Ledger.Facts.acknowledged, of: held)
      held = []
    case 8:
      consumer.reject()
      if let failure = consumer.failure { throw failure }
      held = []
    default: break
    }
  }

  /// Acknowledges what is held, and closes.
  mutating func close() {
    ledger.note(Ledger.Facts.acknowledgeBegan, of: held)
    consumer.close()
    ledger.note(Ledger.Facts.acknowledged, of: held)
    held = []
  }
}
