import CIterableQueue
import SharedMemory
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.timeLimit(.minutes(10))) struct LivenessTests {
  private static func reused(_ process: ProcessIdentity) -> ProcessIdentity {
    ProcessIdentity(rawValue: process.rawValue - 1 << 22)
  }

  @Test func `this process is alive, and nobody is dead`() {
    let liveness = Liveness()
    #expect(!liveness.isDead(.current))
    #expect(liveness.isDead(.nobody))
  }

  @Test func `a zombie is dead`() throws {
    let liveness = Liveness()
    let child = try Child("/bin/true")
    let identity = child.identity
    child.awaitEnd()
    #expect(liveness.isDead(identity))
    #expect(liveness.isDead(identity))
  }

  @Test func `a process dies while it is watched`() throws {
    let liveness = Liveness()
    let child = try Child("/bin/sleep", "1000")
    let identity = child.identity
    for _ in 0..<3 { #expect(!liveness.isDead(identity)) }
    child.kill()
    for _ in 0..<3 { #expect(liveness.isDead(identity)) }
  }

  @Test func `a process that is gone is dead`() throws {
    let liveness = Liveness()
    let identity: ProcessIdentity
    do {
      let child = try Child("/bin/true")
      identity = child.identity
    }
    #expect(liveness.isDead(identity))
  }

  @Test func `a stopped process is alive`() throws {
    let liveness = Liveness()
    let child = try Child("/bin/sleep", "1000")
    child.stop()
    for _ in 0..<3 { #expect(!liveness.isDead(child.identity)) }
  }

  @Test func `a process whose id was reused is dead`() throws {
    let liveness = Liveness()
    let child = try Child("/bin/sleep", "1000")
    #expect(liveness.isDead(Self.reused(child.identity)))
    #expect(liveness.isDead(Self.reused(.current)))
    #expect(!liveness.isDead(child.identity))
  }

  @Test func `a child that could not be looked at matches no process`() throws {
    let liveness = Liveness()
    let child = try Child("/bin/sleep", "1000")
    let unreadable = ProcessIdentity(
      rawValue: UInt64.max << 22 | UInt64(child.processIdentifier))
    #expect(liveness.isDead(unreadable))
  }

  @Test func `any identity has a verdict`() throws {
    // Identities spread over the whole word: the table has a place for each.
    let liveness = Liveness()
    let child = try Child("/bin/sleep", "1000")
    let pid = UInt64(child.processIdentifier)
    for bit in 22..<64 as Range<UInt64> {
      #expect(liveness.isDead(ProcessIdentity(rawValue: 1 << bit | pid)))
      #expect(liveness.isDead(ProcessIdentity(rawValue: UInt64.max << bit | pid)))
    }
    #expect(!liveness.isDead(child.identity))
  }

  @Test func `more processes than the table holds`() throws {
    let liveness = Liveness()
    let child = try Child("/bin/sleep", "1000")
    let identity = child.identity
    for number in 1...2000 as ClosedRange<UInt64> {
      #expect(liveness.isDead(ProcessIdentity(rawValue: identity.rawValue + number << 22)))
      if number % 100 == 0 { #expect(!liveness.isDead(identity)) }
    }
  }

  @Test func `a descriptor that somebody closed does not make a process immortal`() throws {
    let liveness = Liveness()
    let child = try Child("/bin/sleep", "1000")
    #expect(!liveness.isDead(child.identity))
    guard let descriptor = Self.pidfd(of: child.processIdentifier) else { return }
    // For poll a descriptor opened with O_PATH is none, but no other test gets its number.
    let file = unsafe open("/dev/null", 0o10000000 | O_CLOEXEC)
    #expect(dup2(file, descriptor) == descriptor)
    close(file)
    #expect(!liveness.isDead(child.identity))
    close(descriptor)
    let identity = child.identity
    child.kill()
    #expect(liveness.isDead(identity))
  }

  @Test func `a descriptor that became another file does not make a process dead`() throws {
    let liveness = Liveness()
    let child = try Child("/bin/sleep", "1000")
    #expect(!liveness.isDead(child.identity))
    guard let descriptor = Self.pidfd(of: child.processIdentifier) else { return }
    // /dev/null is always readable.
    let file = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
    #expect(dup2(file, descriptor) == descriptor)
    close(file)
    #expect(!liveness.isDead(child.identity))
    close(descriptor)
  }

  @Test func `a descriptor that became a silent pipe does not make a process immortal`() throws {
    let liveness = Liveness()
    let child = try Child("/bin/sleep", "1000")
    #expect(!liveness.isDead(child.identity))
    guard let descriptor = Self.pidfd(of: child.processIdentifier) else { return }
    let ends = Self.becomeSilentPipe(descriptor)
    #expect(!liveness.isDead(child.identity))
    let identity = child.identity
    child.kill()
    #expect(liveness.isDead(identity))
    for end in ends + [descriptor] { close(end) }
  }

  @Test(arguments: [true, false])
  func `a look finds those that run, and says nothing of others`(_ thoroughly: Bool) throws {
    let liveness = Liveness()
    let first = try Child("/bin/sleep", "1000"), second = try Child("/bin/sleep", "1000")
    let (alive, dying) = (first.identity, second.identity)
    func look() { liveness.look(thoroughly: thoroughly) }
    look()
    #expect(!liveness.wasRunning(alive))
    #expect(!liveness.isDead(alive) && !liveness.isDead(dying))
    #expect(!liveness.wasRunning(alive), "not looked at")
    for _ in 0..<20 {
      look()
      #expect(liveness.wasRunning(alive) && liveness.wasRunning(dying))
    }
    second.kill()
    look()
    #expect(liveness.wasRunning(alive) && !liveness.wasRunning(dying))
    #expect(!liveness.isDead(alive) && liveness.isDead(dying))
    look()
    #expect(liveness.wasRunning(alive) && !liveness.wasRunning(dying))
    #expect(!liveness.wasRunning(.nobody) && !liveness.wasRunning(.current))
  }

  @Test(arguments: [true, false])
  func `a look finds out a descriptor that became a silent pipe, or 16 looks do`(
    _ thoroughly: Bool
  ) throws {
    let liveness = Liveness()
    let child = try Child("/bin/sleep", "1000")
    let identity = child.identity
    #expect(!liveness.isDead(identity))
    guard let descriptor = Self.pidfd(of: child.processIdentifier) else { return }
    let ends = Self.becomeSilentPipe(descriptor)
    child.kill()
    #expect(
      (0..<(thoroughly ? 1 : 16)).contains { _ in
        liveness.look(thoroughly: thoroughly)
        return !liveness.wasRunning(identity) && liveness.isDead(identity)
      })
    for end in ends + [descriptor] { close(end) }
  }

  /// Makes `descriptor` the reading end of a pipe that nobody writes to. Returns the pipe's own.
  private static func becomeSilentPipe(_ descriptor: CInt) -> [CInt] {
    var ends: [CInt] = [0, 0]
    #expect(unsafe pipe(&ends) == 0)
    #expect(dup2(ends[0], descriptor) == descriptor)
    return ends
  }

  /// The descriptor of this process that watches `pid`, or nil if it watches none.
  private static func pidfd(of pid: pid_t) -> CInt? {
    (3..<1024 as Range<CInt>).first { descriptor in
      let file = unsafe open("/proc/self/fdinfo/\(descriptor)", O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return false }
      defer { close(file) }
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = unsafe read(file, &bytes, bytes.count)
      let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      return text.split(separator: "\n").contains("Pid:\t\(pid)")
    }
  }
}

@Suite struct ProcessIdentityTests {
  @Test func `this process is its id and its start time`() {
    let current = ProcessIdentity.current
    #expect(current.processIdentifier == getpid())
    var status = ciq_process_status()
    #expect(unsafe ciq_process_read(0, &status) == 0)
    #expect(current.startTime == status.start_time)
    #expect(current.startTime > 0)
    #expect(status.threads >= 1)
    #expect(current == ProcessIdentity(child: getpid()))
  }

  @Test func `every thread is the same process`() {
    let current = ProcessIdentity.current
    TestThread { #expect(ProcessIdentity.current == current) }.join()
  }

  @Test func `a child is its id and its start time, also as a zombie`() throws {
    let child = try Child("/bin/true")
    let identity = child.identity
    #expect(identity.processIdentifier == child.processIdentifier)
    #expect(identity.startTime >= ProcessIdentity.current.startTime)
    child.awaitEnd()
    #expect(child.identity == identity)
  }

  @Test func `a process that is gone gets an identity that matches none`() throws {
    let pid: pid_t
    do { pid = try Child("/bin/true").processIdentifier }
    let identity = ProcessIdentity(child: pid)
    #expect(identity.processIdentifier == pid)
    #expect(identity.startTime == (1 << 42) - 1)
  }

  @Test func `nobody has no id`() {
    #expect(ProcessIdentity.nobody.processIdentifier == 0)
    #expect(ProcessIdentity.nobody.startTime == 0)
  }
}
