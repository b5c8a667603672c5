#if CrashPoints
  import CIterableQueue
  import Glibc
  import IterableQueues
  import RingBuffer
  import SharedMemory

  /// The names of a row's queues.
  struct Names {
    /// The victim's, and a peer's at the same time.
    let shared: QueueName
    let own: QueueName
    static let configuration = QueueConfiguration(
      maxItemBytes: 8, ringBytes: 4096, maxEndpoints: 8, deadLetterBytes: 0)

    init(_ point: CrashPoint) throws {
      shared = try QueueName("crash-matrix-\(getpid())-\(point)-shared")
      own = try QueueName("crash-matrix-\(getpid())-\(point)-own")
    }

    /// What a peer does with the shared name: makes the queue, or finds it, and uses it.
    func share(until isEnding: () -> Bool) throws {
      while !isEnding() {
        do {
          try use(try make(shared))
        } catch let error as QueueError where error.code == .alreadyExists {
          do {
            try use(try IterableQueue<Int>(attachingTo: shared))
          } catch let error as QueueError where [.notFound, .abandoned].contains(error.code) {}
        }
        usleep(300)
      }
    }

    func make(_ name: QueueName) throws -> IterableQueue<Int> {
      try IterableQueue(named: name, configuration: Self.configuration)
    }

    /// The caller lets go of the queue after this has let go of its endpoints: without a handle the queue is
    /// closed, and who shares it could make no producer. The optimiser would do it the other way round.
    @inline(never)
    func use(_ queue: IterableQueue<Int>) throws {
      let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
      _ = try producer.tryPut(1)
      _ = try consumer.poll()
      consumer.acknowledge()
    }

    /// What must not be, once all who used the names are gone: each can be used anew, by a queue
    /// that is empty, and goes with its last user.
    func whatIsWrong() throws -> String {
      var wrong = ""
      for name in [shared, own] {
        do {
          let queue = try make(name), consumer = try queue.makeConsumer()
          if queue.count + queue.statistics.inFlight != 0 { wrong += "\(name) is not empty. " }
          let producer = try IterableQueue<Int>(attachingTo: name).makeProducer()
          try producer.put(5)
          if try consumer.get() != 5 { wrong += "\(name) carries nothing. " }
          consumer.close()
        }
        if unsafe access(name.path, F_OK) == 0 {
          wrong += "\(name) is left. "
          try name.remove()
        }
      }
      return wrong
    }
  }

  extension Victim {
    func named() throws {
      do {
        try names.use(try names.make(names.shared))
      } catch let error as QueueError where error.code == .alreadyExists {}
      try removed()
      try left(by: .putUnlock) { try names.use(try names.make(names.own)) }
      try names.use(try names.make(names.own))
      // A file system without files that have no name.
      try exclusively()
      try left(by: .exclusiveReady) { try exclusively() }
      try exclusively()
      try withoutRoom()
      try leave()
    }

    /// What a program's end does, beside a user that stays and then alone.
    private func leave() throws {
      let queue = try names.make(names.own)
      let path = names.own.path
      for _ in 1...2 {
        let ring = try Ring.attach(
          owning: Ring.openFile(path, owner: nil), codec: nil, schema: nil, path: path)
        _ = ring.retireIfAbandoned(.forever, isLeaving: true)
        if unsafe access(path, F_OK) < 0 { break }
      }
      withExtendedLifetime(queue) {}
    }

    private func removed() throws {
      let queue = try names.make(names.own)
      try names.use(try IterableQueue(attachingTo: names.own))
      try names.own.remove()
      try names.use(queue)
    }

    /// A child makes the victim's queue, and dies.
    private func left(by point: CrashPoint, _ body: () throws -> Void) throws {
      let child = ciq_fork()
      if child == 0 {
        point.arm(signal: SIGKILL)
        try body()
        ciq_leave(0)
      }
      var status: CInt = 0
      unsafe waitpid(child, &status, 0)
    }

    private func exclusively() throws {
      let made = try Ring.create(
        at: names.own.path,
        Geometry(maxItemBytes: 8, maxItems: 8, maxEndpoints: 8, ringBytes: 1, deadLetterBytes: 0),
        QueueDescription(
          maxDeliveries: 3, isPersistent: false, isAtMostOnce: false, codec: "raw", schema: "Int"),
        permissions: 0o600, isVisibleEarly: true)
      _ = made.ring.release(made.handle, .forever)
    }

    /// The file may not be as long as a queue.
    private func withoutRoom() throws {
      var limits = rlimit()
      let size = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
      unsafe getrlimit(size, &limits)
      defer { unsafe setrlimit(size, &limits) }
      var none = rlimit(rlim_cur: 4096, rlim_max: limits.rlim_max)
      unsafe setrlimit(size, &none)
      do { try exclusively() } catch CreateFailure.system {}
    }

    /// The kernel gives no storage any more. For good: the last act.
    func namedWithoutStorage() throws {
      refuseStorage()
      do { try exclusively() } catch CreateFailure.system {}
    }
  }

  /// From here on `fallocate` finds no space in this process.
  private func refuseStorage() {
    #if arch(x86_64)
      let fallocate: UInt32 = 285
    #else
      let fallocate: UInt32 = 47
    #endif
    // Load the call's number; if it is that one, ENOSPC; else allowed.
    var program: [sock_filter] = [
      sock_filter(code: 0x20, jt: 0, jf: 0, k: 0),
      sock_filter(code: 0x15, jt: 0, jf: 1, k: fallocate),
      sock_filter(code: 0x06, jt: 0, jf: 0, k: 0x0005_0000 | UInt32(ENOSPC)),
      sock_filter(code: 0x06, jt: 0, jf: 0, k: 0x7FFF_0000),
    ]
    // Swift imports no functions with a variable number of arguments.
    typealias Control = @convention(c) (CInt, UInt, UInt, UInt, UInt) -> CInt
    let control = unsafe unsafeBitCast(dlsym(nil, "prctl"), to: Control.self)
    let result = unsafe program.withUnsafeMutableBufferPointer { instructions in
      var filter = unsafe sock_fprog(
        len: UInt16(instructions.count), filter: instructions.baseAddress)
      return unsafe withUnsafePointer(to: &filter) {
        _ = control(38, 1, 0, 0, 0)  // PR_SET_NO_NEW_PRIVS
        return control(22, 2, UInt(bitPattern: $0), 0, 0)  // PR_SET_SECCOMP, by a filter
      }
    }
    if result != 0 { print("the kernel takes no filter of system calls: errno \(errno)") }
  }

  /// An instruction of the kernel's filters, and a program of them, as <linux/filter.h> has them.
  private struct sock_filter {
    var code: UInt16
    var jt: UInt8
    var jf: UInt8
    var k: UInt32
  }

  @unsafe private struct sock_fprog {
    var len: UInt16
    var filter: UnsafeMutablePointer<sock_filter>?
  }
#endif
