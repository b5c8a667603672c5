import IterableQueues

/// A program whose main is `async`: it has one thread before its first `await`, and several after.
@main
struct AsyncMain {
  static func main() async throws {
    let numbers = try IterableQueue<Int>(), squares = try IterableQueue<Int>()
    let workers = WorkerGroup()
    try workers.fork(count: 2) {
      (try numbers.makeConsumer(), try squares.makeProducer())
    } body: { numbers, squares in
      for number in numbers { try squares.put(number * number) }
    }
    let feed = try numbers.makeProducer(), results = try squares.makeConsumer()
    numbers.close()
    squares.close()

    // Everything else may be concurrent, as long as the workers are there already.
    async let sum = Task.detached { results.reduce(0, +) }.value
    try await Task.sleep(for: .milliseconds(1))
    for number in 1...100 { try feed.put(number) }
    feed.close()
    print("the sum of the squares is", await sum)
    try workers.wait()

    do {
      try Worker.fork { print("a worker runs") }.wait()
    } catch let error as QueueError where error.code == .multithreadedFork {
      print(error)
    }
  }
}
