import IterableQueues

/// Where all workers wait for each other: at the start, so that forking is not timed, and at the end, so
/// that no worker's leaving is.
///
/// Nothing is put into the two queues. The first ends when every worker has closed its place; closing
/// the second then lets all of them go.
struct Line {
  private let places: IterableQueue<Int>
  private let gates: IterableQueue<Int>

  init() throws {
    places = try IterableQueue()
    gates = try IterableQueue()
  }

  func makePlace() throws -> Producer<Int> { try places.makeProducer() }
  func makeGate() throws -> Consumer<Int> { try gates.makeConsumer() }

  static func wait(_ place: Producer<Int>, _ gate: Consumer<Int>) throws {
    place.close()
    _ = try gate.get()
  }

  /// Lets the workers go once all have come.
  func go() throws {
    let arrivals = try places.makeConsumer()
    places.close()
    _ = try arrivals.get()
    gates.close()
  }
}
