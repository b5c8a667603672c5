#if CrashPoints
  import CIterableQueue
  import Glibc
  import IterableQueues
  import SharedMemory

  /// What the victim does, act by act, until it dies. Its peers use `main` at the same time.
  struct Victim {
    let main: IterableQueue<Item>
    /// Has a dead letter, for which a peer waits that nobody else disturbs.
    let toRequeue: IterableQueue<Int>
    /// Closed, and cancelled, by the last act; a peer takes what is in each until its end.
    let toClose: IterableQueue<Int>
    let toCancel: IterableQueue<Int>
    let ledger: Ledger
    let names: Names
    private var next: Int

    init(
      main: IterableQueue<Item>, toRequeue: IterableQueue<Int>, toClose: IterableQueue<Int>,
      toCancel: IterableQueue<Int>,
      ledger: Ledger, names: Names
    ) {
      self.main = main
      self.toRequeue = toRequeue
      self.toClose = toClose
      self.toCancel = toCancel
      self.ledger = ledger
      self.names = names
      next = Ledger.firstOfVictim
    }

    mutating func play(until deadline: ContinuousClock.Instant) throws {
      try toRequeue.requeueDeadLetters()
      repeat {
        try putAndTake()
        try reject()
        try poison()
        try letters()
        try log()
        try deaths()
        try reap()
        try handOver()
        try atMostOnce()
        try waiting()
        try withoutSpace()
        try abandon()
        try named()
      } while ContinuousClock.now < deadline
      try ends()
      try namedWithoutStorage()
    }

    private mutating func put(
      _ producer: Producer<Item>, _ count: Int = 1, isPoisonous: Bool = false
    ) throws {
      let numbers = next..<next + count
      guard numbers.upperBound <= Ledger.capacity else { throw Ledger.Full() }
      next += count
      for number in numbers { ledger[number].isBegun = 1 }
      if count == 1 {
        while try !producer.tryPut(Item(next - 1, isPoisonous: isPoisonous)) { usleep(100) }
      } else {
        try producer.put(contentsOf: numbers.map { Item($0, isPoisonous: isPoisonous) })
      }
      for number in numbers { ledger[number].isPut = 1 }
    }

    /// Takes up to `most` items, if there are any now; poisonous ones become dead letters.
    private func take(_ consumer: Consumer<Item>, upTo most: Int = 1) throws -> [Int] {
      let items: [Item]
      do {
        items =
          most == 1
          ? [try consumer.get(timeout: .milliseconds(2))].compactMap { $0 }
          : main.isEmpty ? [] : try consumer.get(upTo: most)
      } catch let error as QueueError where [.timedOut, .undecodable].contains(error.code) {
        return []
      }
      for item in items { ledger.delivered(item.number, attempt: consumer.attempt) }
      return items.map(\.number)
    }

    private func acknowledge(_ consumer: Consumer<Item>, _ numbers: [Int]) {
      for number in numbers { ledger[number].acknowledging = 1 }
      consumer.acknowledge()
      for number in numbers { ledger[number].acknowledged = 1 }
    }

    private mutating func putAndTake() throws {
      let ends = try Ends(main, ledger)
      try put(ends.producer)
      acknowledge(ends.consumer, try take(ends.consumer))
      try put(ends.producer, 40)
      acknowledge(ends.consumer, try take(ends.consumer, upTo: 5))
      let last = try take(ends.consumer)
      for number in last { ledger[number].acknowledging = 1 }
      ends.close()
      for number in last { ledger[number].acknowledged = 1 }
      let plain = try toClose.makeProducer()
      try plain.put(contentsOf: [1, 2, 3])
      plain.close()
      // A queue of its own: what it waits for, nobody else may take.
      let own = try IterableQueue<Int>()
      let puts = try own.makeProducer(), gets = try own.makeConsumer()
      try puts.put(contentsOf: [1, 2, 3])
      for _ in 1...3 { _ = try gets.get() }
      gets.close()
      puts.close()
      let bytes = try IterableQueue<[UInt8]>()
      let bytesIn = try bytes.makeProducer(), bytesOut = try bytes.makeConsumer()
      try bytesIn.put(contentsOf: [[1], [], [2, 3]])
      for _ in 1...3 { _ = try bytesOut.get() }
      bytesOut.close()
      bytesIn.close()
    }

    private mutating func reject() throws {
      let ends = try Ends(main, ledger)
      try put(ends.producer, 6)
      for _ in 0..<4 {
        if try !take(ends.consumer, upTo: 3).isEmpty { ends.consumer.reject() }
        if try !take(ends.consumer).isEmpty { ends.consumer.reject() }
        for number in try take(ends.consumer, upTo: 2) { ledger[number].releases += 1 }
        ends.consumer.release()
      }
      // `deinit` leaves what is in its hands.
      _ = try take(ends.consumer)
    }

    private mutating func poison() throws {
      let ends = try Ends(main, ledger)
      for _ in 0..<3 {
        try put(ends.producer, isPoisonous: true)
        acknowledge(ends.consumer, try take(ends.consumer))
      }
      try put(ends.producer, 3)
    }

    private func letters() throws {
      for letter in try main.deadLetters() {
        ledger[try Item.number(of: letter.bytes)].isRequeued += 1
      }
      do {
        try main.requeueDeadLetters()
      } catch let error as QueueError where error.code == .busy {}
      for letter in try main.deadLetters() {
        ledger[try Item.number(of: letter.bytes)].isDiscarded = 1
      }
      // Others may have become dead letters since: only an empty log is sure to lose none.
      let own = try IterableQueue<Int>(configuration: .init(maxDeliveries: 1))
      let producer = try own.makeProducer(), consumer = try own.makeConsumer()
      for round in 0..<2 {
        try producer.put(round)
        _ = try consumer.get()
        consumer.reject()
        _ = try consumer.poll()
      }
      try producer.put(9)
      _ = try consumer.get()
      try own.requeueDeadLetters()
      try own.discardDeadLetters()
    }

    /// Fills the dead letters' log, so that the oldest go.
    private func log() throws {
      let queue = try IterableQueue<String>(
        configuration: .init(maxItemBytes: 700, maxDeliveries: 1, deadLetterBytes: 0))
      let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
      for length in 0..<30 {
        try producer.put(String(repeating: "x", count: length * 23))
        _ = try consumer.get()
        consumer.reject()
        _ = try consumer.poll()
      }
    }

    /// Others die with locks and items in their hands; this process repairs and reaps.
    private mutating func deaths() throws {
      for point in [CrashPoint.takeCommit, .takeUnlock, .registerLifecycle, .buryMoveOn] {
        let child = ciq_fork()
        if child == 0 {
          point.arm(signal: SIGKILL)
          try? reject()
          try? reject()
          ciq_leave(0)
        }
        next += 100  // the child used some of these numbers
        var status: CInt = 0
        unsafe waitpid(child, &status, 0)
        if status != 0 { ledger.died(at: point) }
        let ends = try Ends(main, ledger)
        for _ in 0..<3 { acknowledge(ends.consumer, try take(ends.consumer)) }
        usleep(60_000)
        _ = try? ends.consumer.get(timeout: .milliseconds(60))
        ends.consumer.reject()
      }
    }

    /// Others die with endpoints, or with the get lock, and only this process is there to notice.
    private func reap() throws {
      for point in [CrashPoint.testing, .takeCommit] {
        let queue = try IterableQueue<Int>()
        let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
        try producer.put(contentsOf: [1, 2])
        let child = ciq_fork()
        if child == 0 {
          point.arm(signal: SIGKILL)
          let endpoints = (try queue.makeProducer(), try queue.makeConsumer())
          _ = try endpoints.1.get()
          withExtendedLifetime(endpoints) { _exit(0) }
        }
        var status: CInt = 0
        unsafe waitpid(child, &status, 0)
        for _ in 0..<4 { _ = try? consumer.get(timeout: .milliseconds(60)) }
      }
    }

    private func handOver() throws {
      let queue = try IterableQueue<Int>()
      let worker = try Worker.fork(queue.makeProducer()) { try $0.put(1) }
      _ = try queue.makeConsumer().get()
      try worker.wait()
      try handOverFirst()
    }

    /// A worker may be quicker than its parent, and under load nearly always is: this one waits.
    private func handOverFirst() throws {
      let queue = try IterableQueue<Int>()
      let producer = try queue.makeProducer()
      try producer.endpointCore.prepareForHandOver()
      let parent = getpid()
      let child = ciq_fork()
      if child == 0 {
        while getppid() == parent, queue.endpoints.allSatisfy({ $0.processIdentifier != getpid() })
        {
          usleep(100)
        }
        try producer.put(1)
        producer.close()
        ciq_leave(0)
      }
      try producer.endpointCore.handOver(to: ProcessIdentity(child: child))
      _ = try queue.makeConsumer().get()
      var status: CInt = 0
      unsafe waitpid(child, &status, 0)
    }

    private func atMostOnce() throws {
      let queue = try IterableQueue<Int>(configuration: .init(delivery: .atMostOnce))
      let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
      try producer.put(contentsOf: [1, 2])
      _ = try consumer.get()
      consumer.reject()
      _ = try consumer.get()
    }

    private func waiting() throws {
      let queue = try IterableQueue<Int>()
      let producer = try queue.makeProducer()
      try producer.put(1)
      try? queue.waitUntilAcknowledged(timeout: .milliseconds(1))
      let consumer = try queue.makeConsumer()
      let worker = try Worker.fork(queue.makeProducer()) {
        usleep(20_000)
        try $0.put(2)
      }
      _ = try consumer.get()
      _ = try consumer.get()
      try worker.wait()
      // A producer that sleeps is woken, and passes it on.
      let full = try IterableQueue<Int>(configuration: .init(maxItems: 2))
      let putting = try full.makeProducer()
      let taking = try Worker.fork(full.makeConsumer()) { for _ in $0 { usleep(200) } }
      full.close()
      try putting.put(contentsOf: 0..<20)
      putting.close()
      try taking.wait()
      let stream = try IterableQueue<Int>()
      let feeding = try Worker.fork(stream.makeConsumer()) { for _ in $0 { usleep(100) } }
      let feed = try stream.makeProducer()
      stream.close()
      for number in 0..<20 {
        try feed.put(number)
        usleep(300)
      }
      feed.close()
      try feeding.wait()
    }

    /// The log of dead letters cannot grow.
    private func withoutSpace() throws {
      let queue = try IterableQueue<Item>()
      let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
      try producer.put(contentsOf: [Item(1, isPoisonous: true), Item(2)])
      // The segment's file is another one from here on: posix_fallocate fails.
      let null = unsafe open("/dev/null", O_RDWR)
      for descriptor in try Segments.descriptors() { dup2(null, descriptor) }
      close(null)
      _ = try? consumer.get(upTo: 2)
      _ = try consumer.poll()
    }

    /// An endpoint goes away while a stopped process holds the registry.
    private func abandon() throws {
      let queue = try IterableQueue<Int>()
      var producer: Producer<Int>? = try queue.makeProducer()
      let child = ciq_fork()
      if child == 0 {
        CrashPoint.registerLifecycle.arm(signal: SIGSTOP)
        _ = try? queue.makeConsumer()
        ciq_leave(0)
      }
      var status: CInt = 0
      unsafe waitpid(child, &status, WUNTRACED)
      try producer?.put(1)
      producer = nil
      kill(child, SIGKILL)
      unsafe waitpid(child, &status, 0)
    }

    private func ends() throws {
      toClose.close()
      toCancel.cancel()
      let queue = try IterableQueue<Int>()
      let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
      try producer.put(contentsOf: [1, 2, 3])
      if try consumer.get() != nil { consumer.reject() }
      queue.cancel()
    }
  }
#endif
