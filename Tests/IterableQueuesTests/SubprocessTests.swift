import IterableQueues
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// A library that starts processes, and closes every descriptor in them that it was not given.
@Suite(.timeLimit(.minutes(5)))
struct SubprocessTests {
  @Test func `a program that swift-subprocess starts finds a queue by its name`() async throws {
    let name = freshName()
    let queue = try IterableQueue<Int>(named: name)
    let consumer = try queue.makeConsumer()
    let program = FilePath(try Scenario.path(of: "queue-scenarios"))
    let result = try await run(
      .path(program), arguments: ["put-by-name", "\(name)", "7"], output: .discarded,
      error: .string(limit: 10_000))
    #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
    #expect(try consumer.get() == 7)
    queue.close()
    #expect(try consumer.get() == nil)
    #expect(consumer.endReason == .finished)
  }
}
