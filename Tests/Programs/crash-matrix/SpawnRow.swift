#if CrashPoints
  import Glibc
  import IterableQueues
  import SharedMemory

  /// Lets a program that spawns another one, or the one that it spawns, die or stop for a time while
  /// endpoints go from one to the other, beside peers that do the same work.
  struct SpawnRow {
    enum Victim: String { case parent, child }

    let victim: Victim
    let point: CrashPoint
    /// The second is the producer's or the consumer's, whichever comes later.
    let visit: UInt32
    let signal: CInt
    let stop: Duration

    /// A parent at every step; a child that claims first, because its parent is stopped meanwhile.
    static func all(signal: CInt, stop: Duration) -> [SpawnRow] {
      let steps: [(CrashPoint, UInt32)] = [
        (.handOverCommit, 1), (.handOverCommit, 2), (.handOverPutUnlock, 1), (.handOverUnlock, 1),
        (.handOverUnlock, 2),
      ]
      return [
        SpawnRow(victim: .parent, point: .handOverBegin, visit: 1, signal: signal, stop: stop)
      ]
        + [Victim.parent, .child].flatMap { victim in
          steps.map { point, visit in
            // A parent has let go of the registry twice when it has made sure that it may hand over.
            let before: UInt32 = victim == .parent && point == .handOverUnlock ? 2 : 0
            return SpawnRow(
              victim: victim, point: point, visit: visit + before, signal: signal, stop: stop)
          }
        }
    }

    var name: String { "\(victim) at \(point), \(visit % 2 == 1 ? "first" : "second") endpoint" }

    private static let jobCount = 300

    func run() throws -> Outcome {
      let jobs = try IterableQueue<Int>(), results = try IterableQueue<Int>()
      let feeder = try startChild(name) {
        let producer = try jobs.makeProducer()
        for job in 0..<Self.jobCount {
          try producer.put(job)
          usleep(1000)
        }
        producer.close()
      }
      let sibling = try startChild(name) {
        try Self.work(try jobs.makeConsumer(), try results.makeProducer())
      }
      let parent = try startChild(name) { try spawn(jobs, results) }

      var outcome = Outcome()
      var status: CInt = 0
      unsafe waitpid(parent, &status, WUNTRACED)
      let isStopped = status & 0xff == 0x7f
      if isStopped {
        if victim == .child {
          while !hasStoppedOrDied(childOf: parent) { usleep(1000) }
        }
        usleep(UInt32(stop.components.seconds * 1_000_000) + 500_000)
        Glibc.kill(-getpgrp(), SIGCONT)  // also the child, if that is the one
      }
      outcome.wrong += end(of: feeder, "the peer that puts")
      while !results.endpoints.contains(where: { $0.processIdentifier == sibling }) { usleep(1000) }
      jobs.close()
      results.close()
      // It waits for the child, which says whether it has reached its point.
      if isStopped { unsafe waitpid(parent, &status, 0) }
      try account(jobs, results, &outcome)
      outcome.wrong += end(of: sibling, "the peer that does the same work")
      outcome.isReached = status == (victim == .parent && !isStopped ? SIGKILL : 0)
      return outcome
    }

    /// What the parent does. Returns if all went as it should.
    private func spawn(_ jobs: IterableQueue<Int>, _ results: IterableQueue<Int>) throws {
      var told = ["--spawned"]
      if victim == .child {
        told += ["\(point)", "\(visit)", "\(signal)"]
        CrashPoint.handOverBegin.arm(signal: SIGSTOP)
      } else {
        told += ["\(getpid())"]
        point.arm(signal: signal, visit: visit)
      }
      let worker = try Worker.spawn(
        .thisProgram, arguments: told,
        endpoints: ["jobs": jobs.makeConsumer(), "results": results.makeProducer()])
      do {
        try worker.wait()
      } catch let error as WorkerError {
        guard victim == .child, case .killed(signal, _) = error.ending else { throw error }
      }
    }

    /// What the spawned program does, with the arguments behind "--spawned".
    static func runSpawned(_ arguments: ArraySlice<String>) throws {
      let told = Array(arguments)
      let point = CrashPoint.allCases.first { "\($0)" == told[0] }
      if let parent = pid_t(told[0]) {
        // It would not reach its step if this program took up the endpoints first.
        let deadline = ContinuousClock.now + .seconds(20)
        while getppid() == parent && !isStopped(parent) && ContinuousClock.now < deadline {
          usleep(1000)
        }
      }
      if let point, let visit = UInt32(told[1]), let signal = CInt(told[2]) {
        point.arm(signal: signal, visit: visit)
      }
      let jobs: Consumer<Int>, results: Producer<Int>
      do {
        jobs = try Consumer(inherited: "jobs")
        results = try Producer(inherited: "results")
      } catch let error as QueueError where point == nil && error.code == .endpointClosed {
        return  // the parent died before it had handed them over, and its peers were quicker
      }
      try work(jobs, results)
      struct NotReached: Error {}
      if let point, let visit = UInt32(told[1]), point.visits < visit { throw NotReached() }
    }

    private static func work(_ jobs: Consumer<Int>, _ results: Producer<Int>) throws {
      while let job = try jobs.get() { try results.put(job) }
      jobs.close()
      results.close()
    }

    /// Every job was done, and again only if its first worker died; nobody is counted who is dead.
    private func account(
      _ jobs: IterableQueue<Int>, _ results: IterableQueue<Int>, _ outcome: inout Outcome
    ) throws {
      var times = Array(repeating: 0, count: Self.jobCount)
      let consumer = try results.makeConsumer()
      while let job = try consumer.get() { times[job] += 1 }
      let rest = try jobs.makeConsumer()
      while let job = try rest.get() { times[job] += 1 }
      rest.close()
      consumer.close()
      outcome.items = Self.jobCount
      outcome.redelivered = jobs.statistics.redelivered
      for (job, count) in times.enumerated() where count == 0 {
        outcome.wrong += "job \(job) is lost. "
      }
      let again = times.reduce(0, +) - Self.jobCount
      if again > outcome.redelivered { outcome.wrong += "\(again) jobs were done twice. " }
      for queue in [jobs, results] {
        // The program whose parent was killed may be on its way out: nobody waits for it.
        let deadline = ContinuousClock.now + .seconds(20)
        var statistics = queue.statistics
        while !statistics.isSettled {
          if ContinuousClock.now > deadline {
            outcome.wrong += "not all is settled: \(statistics). "
            break
          }
          usleep(1000)
          try queue.reap()  // `statistics` does so in turn
          statistics = queue.statistics
        }
      }
      let lost = jobs.statistics.lostConsumers + results.statistics.lostProducers
      if signal == SIGSTOP && lost > 0 { outcome.wrong += "\(lost) were lost who were stopped. " }
    }
  }
#endif
