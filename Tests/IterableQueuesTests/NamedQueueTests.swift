import Glibc
import IterableQueues
import SystemPackage
import TestSupport
import Testing

/// A name that no other test, and no other run, has.
func freshName(_ what: String = #function) -> QueueName {
  let kept = what.unicodeScalars.filter { $0.properties.isAlphabetic }.prefix(40)
  var text = "test.\(getpid())."
  text.unicodeScalars.append(contentsOf: kept)
  return try! QueueName("\(text).\(UInt32.random(in: 0 ... .max))")
}

func exists(_ name: QueueName) -> Bool { unsafe access(name.path, F_OK) == 0 }

/// What a test of this process alone can show of names.
@Suite(.timeLimit(.minutes(10)))
struct NamedQueueTests {
  @Test func `items go from one handle to another by the name`() throws {
    let name = freshName()
    let queue = try IterableQueue<String>(named: name)
    let other = try IterableQueue<String>(attachingTo: name)
    let producer = try queue.makeProducer(), consumer = try other.makeConsumer()
    try producer.put("there")
    #expect(try consumer.get() == "there")
    producer.close()
    queue.close()
    #expect(other.isClosed)
    #expect(try consumer.get() == nil)
    #expect(queue.name == name && other.name == name)
  }

  @Test func `the name goes with the last handle and endpoint`() throws {
    let name = freshName()
    var queue: IterableQueue<Int>? = try IterableQueue(named: name)
    var producer: Producer<Int>? = try queue?.makeProducer()
    #expect(exists(name))
    queue = nil
    #expect(exists(name))
    producer?.close()
    #expect(!exists(name))
    producer = nil
  }

  @Test func `a persistent queue lives on, with its items, until it is removed`() throws {
    let name = freshName()
    do {
      let queue = try IterableQueue<Int>(named: name, configuration: .init(isPersistent: true))
      try queue.makeProducer().put(7)
    }
    #expect(exists(name))
    let queue = try IterableQueue<Int>(attachingTo: name)
    #expect(!queue.isClosed)
    let consumer = try queue.makeConsumer()
    #expect(try consumer.get() == 7)
    try name.remove()
    #expect(!exists(name))
    // Those that use it go on.
    try queue.makeProducer().put(8)
    #expect(try consumer.get() == 8)
  }

  @Test func `a name that is in use is taken, also for another item type`() throws {
    let name = freshName()
    let queue = try IterableQueue<Int>(named: name)
    #expect(code { _ = try IterableQueue<Int>(named: name) } == .alreadyExists)
    #expect(code { _ = try IterableQueue<String>(named: name) } == .alreadyExists)
    withExtendedLifetime(queue) {}
  }

  @Test func `an unknown name is notFound, at once or after the timeout`() throws {
    let name = freshName()
    #expect(code { _ = try IterableQueue<Int>(attachingTo: name) } == .notFound)
    let clock = ContinuousClock()
    let begin = clock.now
    let error = try error {
      _ = try IterableQueue<Int>(attachingTo: name, timeout: .milliseconds(60))
    }
    #expect(clock.now - begin >= .milliseconds(60))
    #expect(error.code == .notFound)
    #expect("\(error)".contains("\(name)"))
  }

  @Test func `another item type or codec is told with what was expected and what was found`() throws
  {
    struct Job: Codable { var secret = "rosebud" }
    let name = freshName()
    let queue = try IterableQueue<Job>(named: name)
    try queue.makeProducer().put(Job())
    let type = try error { _ = try IterableQueue<String>(attachingTo: name) }
    #expect(type.code == .schemaMismatch)
    #expect("\(type)".contains("Job") && "\(type)".contains("String"))
    let codec = try error { _ = try IterableQueue<Job>(attachingTo: name, codec: .json()) }
    #expect(codec.code == .schemaMismatch)
    #expect("\(codec)".contains("cbor") && "\(codec)".contains("json"))
    #expect(!"\(type) \(codec)".contains("rosebud"))
  }

  @Test func `a schema of one's own replaces the type's name in both programs`() throws {
    struct Old: Codable { var number: Int }
    struct New: Codable { var number: Int }
    let name = freshName()
    let queue = try IterableQueue<Old>(named: name, configuration: .init(schema: "job/1"))
    #expect(code { _ = try IterableQueue<Old>(attachingTo: name) } == .schemaMismatch)
    let other = try IterableQueue<New>(attachingTo: name, schema: "job/1")
    try queue.makeProducer().put(Old(number: 3))
    #expect(try other.makeConsumer().get()?.number == 3)
  }

  @Test func `what is no queue is told by what it is`() throws {
    let name = freshName()
    func found(_ make: () -> CInt, _ words: String) throws {
      #expect(make() == 0)
      defer { unsafe remove(name.path) }
      let attaching = try error { _ = try IterableQueue<Int>(attachingTo: name) }
      #expect(attaching.code == .foreignFile, "\(attaching)")
      #expect("\(attaching)".contains(words), "\(attaching)")
      let creating = try error { _ = try IterableQueue<Int>(named: name) }
      #expect(creating.code == .alreadyExists)
      #expect("\(creating)".contains(words), "\(creating)")
      #expect(throws: QueueError.self) { try name.remove() }
      #expect(exists(name), "it is not ours to remove")
      #expect(QueueDirectory.entry(name)?.state == .foreign)
    }
    try found({ unsafe mkfifo(name.path, 0o600) }, "a FIFO")
    try found({ unsafe mkdir(name.path, 0o700) }, "a directory")
    try found({ unsafe symlink("/etc/hostname", name.path) }, "a symbolic link")
    try found({ write("#!/bin/sh\necho this is no queue", to: name) }, "does not begin as a queue")
  }

  @Test func `another version, a damaged header and a wrong length each have their error`() throws {
    let name = freshName()
    func damaged(at offset: Int, _ value: UInt32) throws -> (QueueError, QueueDirectory.State?) {
      let queue = try IterableQueue<Int>(named: name)
      let file = unsafe open(name.path, O_RDWR)
      defer { close(file) }
      var value = value
      unsafe pwrite(file, &value, 4, off_t(offset))
      let found = try error { _ = try IterableQueue<Int>(attachingTo: name) }
      let state = QueueDirectory.entry(name)?.state
      #expect(code { _ = try IterableQueue<Int>(named: name) } == .alreadyExists)
      try name.remove()
      #expect(!exists(name))
      withExtendedLifetime(queue) {}
      return (found, state)
    }
    let (version, versionState) = try damaged(at: 8, 7)
    #expect(version.code == .incompatibleLayout && versionState == .otherVersion(7))
    #expect("\(version)".contains("layout 7") && "\(version)".contains("layout 2"))
    let (geometry, geometryState) = try damaged(at: 24, 3)
    #expect(geometry.code == .corrupted && geometryState == .foreign)
    let queue = try IterableQueue<Int>(named: name)
    let file = unsafe open(name.path, O_RDWR)
    var info = stat()
    unsafe fstat(file, &info)
    ftruncate(file, info.st_size + 4096)
    close(file)
    let length = try error { _ = try IterableQueue<Int>(attachingTo: name) }
    #expect(length.code == .corrupted && "\(length)".contains("\(info.st_size + 4096) bytes"))
    try name.remove()
    withExtendedLifetime(queue) {}
  }

  @Test func `bytes of any queue can be read, put, and shown`() throws {
    let name = freshName()
    let queue = try IterableQueue<String>(
      named: name, configuration: .init(maxItems: 10, isPersistent: true))
    let bytes = try IterableQueue(bytesOf: name)
    let producer = try queue.makeProducer(), consumer = try bytes.makeConsumer()
    try producer.put("abc")
    #expect(try consumer.get() == [0x63, 0x61, 0x62, 0x63])
    let slots = bytes.endpoints
    #expect(slots.map(\.kind) == [.producer, .consumer, .handle, .handle])
    #expect(slots.map(\.heldItems) == [0, 1, 0, 0])
    #expect(slots.allSatisfy { $0.isAlive && $0.processIdentifier == getpid() })
    let about = try bytes.about
    #expect(about.codec == "cbor" && about.schema == "String")
    #expect(about.configuration.maxItems == 10 && about.configuration.isPersistent)
    #expect(about.configuration.permissions == [.ownerReadWrite])
    #expect(about.creator == getpid() && about.ownerUser == getuid())
    #expect(QueueDirectory.entry(name)?.state == .live)
    #expect(try QueueDirectory.entries().contains { $0.name == name })
    #expect(try !name.removeIfAbandoned(ownedBy: .me))
    let looking = try IterableQueue(inspecting: name, ownedBy: .me)
    #expect(looking.endpoints.count == 4)
    try name.remove()
    #expect(try looking.about.isRetired)
  }

  @Test func `who sleeps on an endpoint is shown, and for what`() throws {
    let queue = try IterableQueue<Int>(configuration: .init(maxItems: 1))
    let producer = try queue.makeProducer(), consumer = try queue.makeConsumer()
    let taking = TestThread { #expect(throws: Never.self) { try consumer.get() } }
    while queue.endpoints.allSatisfy({ $0.waiting != .forItems }) { usleep(1000) }
    try producer.put(1)
    _ = taking.join()
    #expect(queue.endpoints.allSatisfy { $0.waiting == nil })
    try producer.put(2)
    let putting = TestThread { #expect(throws: Never.self) { try producer.put(3) } }
    while queue.endpoints.allSatisfy({ $0.waiting != .forRoom }) { usleep(1000) }
    #expect(try consumer.get() == 2)
    _ = putting.join()
    #expect(queue.endpoints.allSatisfy { $0.waiting == nil })
  }

  @Test func `a queue that is seen early is the same queue in the end`() throws {
    let name = freshName()
    do {
      let queue = try IterableQueue<Int>(testingVisibleEarly: name)
      #expect(code { _ = try IterableQueue<Int>(testingVisibleEarly: name) } == .alreadyExists)
      #expect(code { _ = try IterableQueue<Int>(named: name) } == .alreadyExists)
      let other = try IterableQueue<Int>(attachingTo: name)
      try queue.makeProducer().put(4)
      #expect(try other.makeConsumer().get() == 4)
    }
    #expect(!exists(name))
  }

  @Test func `a queue without a name cannot be persistent`() {
    #expect(
      code { _ = try IterableQueue<Int>(configuration: .init(isPersistent: true)) }
        == .invalidConfiguration)
  }

  private func error(_ body: () throws -> Void) throws -> QueueError {
    try #require(throws: QueueError.self, performing: body)
  }

  private func write(_ text: String, to name: QueueName) -> CInt {
    let file = unsafe open(name.path, O_CREAT | O_WRONLY, 0o600)
    if file < 0 { return errno }
    defer { close(file) }
    let bytes = Array(text.utf8)
    return unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
      == bytes.count ? 0 : errno
  }
}

/// What may be a name.
struct QueueNameTests {
  private func refusal(_ text: String) throws -> String {
    let error = try #require(throws: QueueError.self) { _ = try QueueName(text) }
    #expect(error.code == .invalidName)
    return "\(error)"
  }

  @Test func `a name is refused in words that name the limit`() throws {
    #expect(try refusal("").contains("empty"))
    #expect(try refusal("a/b").contains("\"/\""))
    #expect(try refusal("a\0b").contains("NUL"))
    #expect(try refusal("a\nb").contains("control character (10)"))
    #expect(try refusal(String(repeating: "x", count: 300)).contains("300 bytes"))
    #expect(try refusal(String(repeating: "x", count: 300)).contains("limit is 240"))
    #expect(try refusal(String(repeating: "ä", count: 121)).contains("242 bytes"))
  }

  @Test(arguments: [".", "..", "jobs", "pages to rank", "äöü", "a.b-c_d", "\u{301}x", "%41"])
  func `a name is what its bytes are`(_ text: String) throws {
    let name = try QueueName(text)
    #expect("\(name)" == text)
    #expect(QueueName(fileName: "iterable-queue.\(text)") == name)
    // Other runs may use the short ones at this moment.
    let own = try QueueName("\(text)\(freshName())")
    let queue = try IterableQueue<Int>(named: own)
    #expect(try queue.makeProducer().tryPut(1))
    #expect(exists(own))
  }

  @Test func `the longest name`() throws {
    let start = "\(freshName())"
    let name = try QueueName(start + String(repeating: "x", count: 240 - start.utf8.count))
    let queue = try IterableQueue<Int>(named: name)
    #expect(queue.name == name && exists(name))
  }

  @Test func `names that only look alike are two`() throws {
    let composed: QueueName = "\u{E9}", decomposed: QueueName = "e\u{301}"
    #expect(composed != decomposed)
    #expect(QueueName(fileName: "sem.jobs") == nil)
    #expect(QueueName(fileName: "iterable-queue.") == nil)
  }
}
