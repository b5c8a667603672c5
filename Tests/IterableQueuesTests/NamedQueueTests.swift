import Glibc
import IterableQueues
import SystemPackage
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
@Suite(.timeLimit(.minutes(5)))
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
}
