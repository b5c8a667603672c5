import Glibc
import IterableQueues
import SharedMemory

// What became of every item, by its number.
extension Round {
  /// The queues are closed and empty, and every worker has been waited for.
  func account() -> Tally {
    var tally = Tally()
    for finding in storm.board.findings {
      tally.describe(finding.text)
      if finding.isDuplicate { tally.duplicates += 1 } else { tally.otherFaults += 1 }
    }
    let unread = storm.board.findingCount - storm.board.findings.count
    if unread > 0 { tally.fault("\(unread) further findings") }
    for index in 0...1 {
      collectDeadLetters(index, &tally)
      checkStatistics(index, &tally)
    }
    noteCarriedOn()
    for index in 0...1 { checkItems(index, &tally) }
    return tally
  }

  private func collectDeadLetters(_ index: Int, _ tally: inout Tally) {
    let queue = storm.queues[index], ledger = storm.ledgers[index]
    unsafe Parcel.decodesAll = true
    defer { unsafe Parcel.decodesAll = false }
    do throws(QueueError) {
      for letter in try queue.deadLetters() {
        tally.deadLetters += 1
        let number = try queue.decode(letter).ticket.number
        let before = ledger.update(number) { .init(word: $0.word | Ledger.Facts.dead) }
        func check(_ condition: Bool, _ what: String) {
          if condition { return }
          tally.duplicates += 1
          tally.describe("queue \(index + 1), dead letter \(number) \(what): \(before)")
        }
        check(!before.has(Ledger.Facts.dead), "is there twice")
        check(!before.has(Ledger.Facts.acknowledged), "was acknowledged")
        check(letter.attempts >= before.attempt, "was delivered after that")
        if letter.reason == .deliveriesExhausted {
          check(letter.attempts == storm.maxDeliveries, "after \(letter.attempts) attempts")
        }
      }
    } catch {
      tally.fault("queue \(index + 1), dead letters: \(error)")
    }
    let dropped = queue.statistics.deadLettersDropped
    if dropped > 0 { tally.fault("\(dropped) dead letters had no room") }
  }

  private func checkStatistics(_ index: Int, _ tally: inout Tally) {
    let queue = storm.queues[index], name = "queue \(index + 1)"
    do {
      // A consumer that comes when all is over: it reaps, and is told the end at once.
      let late = try queue.makeConsumer()
      if let item = try late.get() { tally.fault("\(name): an item was left: \(item.ticket)") }
      let lost = queue.statistics.lostProducers
      if late.endReason != (lost == 0 ? .finished : .producersLost(lost)) {
        tally.fault("\(name): end reason \(String(describing: late.endReason)), lost \(lost)")
      }
      late.close()
      try queue.waitUntilAcknowledged(timeout: .seconds(5))
    } catch {
      tally.fault("\(name), after the end: \(error)")
    }
    // The dead are noticed within 50 ms of somebody's asking.
    let patience = Deadline(after: .seconds(5))
    while queue.statistics.consumers > 0, !patience.isPast { usleep(1_000) }
    let now = queue.statistics
    let leftovers =
      now.count + now.bytes + now.inFlight + now.orphaned + now.producers + now.consumers
    if leftovers != 0 || now.handles != 1 || now.itemsPut != now.itemsTaken {
      tally.fault("\(name), after the end: \(now)")
    }
    tally.redeliveries += now.redelivered
  }

  /// For each item of the first queue, whether one made from it came out of the second.
  private func noteCarriedOn() {
    let second = storm.ledgers[1]
    for number in second.numbers {
      let facts = second[number]
      if facts.wasSeen && facts.origin > 0 {
        storm.ledgers[0].note(Ledger.Facts.carriedOn, of: facts.origin)
      }
    }
  }

  private func checkItems(_ index: Int, _ tally: inout Tally) {
    let ledger = storm.ledgers[index]
    var seen = 0
    for number in ledger.numbers {
      let facts = ledger[number]
      func loss(_ what: String) {
        tally.losses += 1
        tally.describe("queue \(index + 1), item \(number) \(what): \(facts)")
      }
      if facts.wasSeen { seen += 1 }
      if facts.has(Ledger.Facts.putRefused) {
        tally.refused += 1
        if facts.wasSeen { tally.fault("queue \(index + 1), item \(number) was refused, and seen") }
        continue
      }
      if !facts.wasSeen {
        if facts.has(Ledger.Facts.putReturned) { loss("was put, and never seen") }
        if facts.has(Ledger.Facts.putBegan) { tally.neverCommitted += 1 }
        continue
      }
      let isDone = facts.has(Ledger.Facts.acknowledged)
      if !facts.has(Ledger.Facts.dead) && !isDone {
        // Its last consumer died in the acknowledgement: it is not known on which side.
        if facts.has(Ledger.Facts.acknowledgeBegan) {
          tally.inDoubt += 1
        } else {
          loss("was in hand when its consumer died, and never came again")
        }
      }
      if index == 0 && isDone && !facts.has(Ledger.Facts.carriedOn) {
        loss("was acknowledged, but what was made from it never came out")
      }
    }
    tally.items += seen
    // Of those whose producer died in the put, the queue knows which it has accepted.
    let put = Int(storm.queues[index].statistics.itemsPut)
    if put > seen {
      tally.losses += put - seen
      tally.describe("queue \(index + 1): \(put) items were accepted, \(seen) seen")
    } else if put < seen {
      tally.duplicates += seen - put
      tally.describe("queue \(index + 1): \(put) items were accepted, \(seen) seen")
    }
  }
}

extension Ledger.Facts: CustomStringConvertible {
  var description: String {
    "facts \(String(word & 0xFF, radix: 2)), \(deliveries) deliveries, attempt \(attempt), "
      + "made from \(origin)"
  }
}
