#if CrashPoints
  import CIterableQueue
  import Glibc
  import IterableQueues
  import SharedMemory

  /// What came of a death, or a stop, at one point.
  struct Outcome {
    var isReached = false
    var items = 0
    var redelivered = 0
    var deadLetters = 0
    /// What must not be, in words; empty if all is well.
    var wrong = ""
  }

  extension QueueStatistics {
    /// Whether no endpoint is open, and no item left.
    var isSettled: Bool { producers + consumers + count + inFlight + orphaned == 0 }
  }

  /// Lets a victim die, or stop for a while, at `point` while peers carry on; looks at what is left.
  struct Row {
    let point: CrashPoint
    let signal: CInt
    let stop: Duration

    func run() throws -> Outcome {
      let ledger = Ledger()
      let main = try IterableQueue<Item>(
        configuration: .init(
          maxItems: 8, maxItemBytes: 200, ringBytes: 4096, maxDeliveries: 3,
          deadLetterBytes: 1 << 20))
      let names = try Names(point)
      let toClose = try IterableQueue<Int>(), toCancel = try IterableQueue<Int>()

      let toRequeue = try Peers.queueWithADeadLetter()
      let heir = try startChild("\(point)") { try Peers.inherit(toRequeue) }
      let consumer = try startChild("\(point)") { try Peers.consume(main, ledger) }
      let producer = try startChild("\(point)") { try Peers.produce(main, ledger) }
      let sharer = try startChild("\(point)") { try names.share { ledger.isEnding } }
      let enders = [
        try startChild("\(point)") { try Peers.waitForEnd(toClose) },
        try startChild("\(point)") { try Peers.waitForEnd(toCancel) },
      ]
      let victim = try startChild("\(point)") {
        point.arm(signal: signal)
        var victim = Victim(
          main: main, toRequeue: toRequeue, toClose: toClose, toCancel: toCancel, ledger: ledger,
          names: names)
        try victim.play(until: .now + .milliseconds(1200))
      }

      var outcome = Outcome()
      var status: CInt = 0
      unsafe waitpid(victim, &status, WUNTRACED)
      if status & 0xff == 0x7f {
        outcome.isReached = true
        usleep(UInt32(stop.components.seconds * 1_000_000) + 300_000)
        Glibc.kill(victim, SIGCONT)
        unsafe waitpid(victim, &status, 0)
        if status != 0 { outcome.wrong += "the victim ended with \(status) after it went on. " }
      } else if status & 0x7f == SIGKILL {
        outcome.isReached = true
        ledger.died(at: point)
      } else if status != 0 {
        outcome.wrong += "the victim ended with \(status). "
      }

      ledger.isEnding = true
      toClose.close()
      toCancel.cancel()
      try toRequeue.requeueDeadLetters()
      outcome.wrong += end(of: heir, "the peer that waits for a requeued item")
      outcome.wrong += end(of: producer, "the producer")
      outcome.wrong += end(of: sharer, "the peer that uses the same name")
      main.close()
      outcome.wrong += end(of: consumer, "the consumer")
      for ender in enders { outcome.wrong += end(of: ender, "a peer that waits for the end") }
      try account(main, ledger, &outcome)
      outcome.wrong += try names.whatIsWrong()
      return outcome
    }

    private func account(
      _ queue: IterableQueue<Item>, _ ledger: Ledger, _ outcome: inout Outcome
    ) throws {
      var isDead: Set<Int> = []
      for letter in try queue.deadLetters() { isDead.insert(try Item.number(of: letter.bytes)) }
      for number in 0..<Ledger.capacity {
        let facts = ledger[number]
        if facts.isBegun == 0 {
          if facts.deliveries > 0 { outcome.wrong += "item \(number) was never put. " }
          continue
        }
        outcome.items += 1
        let isSettled =
          facts.acknowledging != 0 || facts.isDiscarded != 0 || isDead.contains(number)
        if facts.isPut != 0 && !isSettled { outcome.wrong += "item \(number) is lost: \(facts). " }
      }
      if ledger.wrongDelivery != 0 {
        outcome.wrong += "item \(ledger.wrongDelivery) was delivered once too often. "
      }
      try queue.reap()  // `statistics` does so in turn
      let statistics = queue.statistics
      if !statistics.isSettled {
        outcome.wrong += "not all is settled: \(statistics). "
      }
      if !ledger.lostProducers.contains(statistics.lostProducers)
        || !ledger.lostConsumers.contains(statistics.lostConsumers)
      {
        outcome.wrong +=
          "lost are \(statistics.lostProducers) producers and \(statistics.lostConsumers) consumers; "
          + "it should be \(ledger.lostProducers) and \(ledger.lostConsumers). "
      }
      outcome.redelivered = statistics.redelivered
      outcome.deadLetters = statistics.deadLetters
    }
  }

  enum Peers {
    static func produce(_ queue: IterableQueue<Item>, _ ledger: Ledger) throws {
      let producer = try queue.makeProducer()
      var number = 1
      while !ledger.isEnding {
        guard number < Ledger.firstOfVictim else { throw Ledger.Full() }
        ledger[number].isBegun = 1
        try producer.put(Item(number))
        ledger[number].isPut = 1
        number += 1
        usleep(300)
      }
      producer.close()
    }

    static func consume(_ queue: IterableQueue<Item>, _ ledger: Ledger) throws {
      let consumer = try queue.makeConsumer()
      var last = 0
      while true {
        ledger[last].acknowledging = 1
        do {
          guard let item = try consumer.get() else { break }
          ledger[last].acknowledged = 1
          ledger.delivered(item.number, attempt: consumer.attempt)
          last = item.number
        } catch let error as QueueError where error.code == .undecodable {
          ledger[last].acknowledged = 1
          last = 0
        }
      }
      consumer.close()
    }

    struct WrongItem: Error {}

    static func queueWithADeadLetter() throws -> IterableQueue<Int> {
      let queue = try IterableQueue<Int>(configuration: .init(maxDeliveries: 1))
      let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
      try producer.put(7)
      _ = try consumer.get()
      consumer.reject()
      _ = try consumer.poll()
      return queue
    }

    /// Waits, alone with the queue, for what somebody requeues.
    static func inherit(_ queue: IterableQueue<Int>) throws {
      let consumer = try queue.makeConsumer()
      guard try consumer.get() == 7 else { throw WrongItem() }
      consumer.acknowledge()
    }

    static func waitForEnd(_ queue: IterableQueue<Int>) throws {
      do {
        let consumer = try queue.makeConsumer()
        while try consumer.get() != nil {}
      } catch let error as QueueError where error.code == .cancelled {}
    }
  }
#endif
