// 17 producers and 13 consumers, each a process of its own: swift run quickstart
//
// Every producer puts its number ten times. Nobody says when it is over: each consumer's loop ends
// when all producers are done and nothing is left.
import Glibc
import IterableQueues

/// What a consumer tells the parent; an item is the number of the producer that put it.
struct Sighting: Codable, Sendable {
  var consumer: Int
  var item: Int
}

let producers = 17, consumers = 13, itemsEach = 10

let items = try IterableQueue<Int>()
let sightings = try IterableQueue<Sighting>()
let workers = WorkerGroup()

try workers.fork(count: producers) {
  try items.makeProducer()
} body: { number, items in
  for _ in 1...itemsEach { try items.put(number) }
}

try workers.fork(count: consumers) {
  (try items.makeConsumer(), try sightings.makeProducer())
} body: { number, items, sightings in
  for item in items {
    usleep(1000)  // stands for some work
    try sightings.put(Sighting(consumer: number, item: item))
  }
  if let failure = items.failure { throw failure }
}

// The parent takes what the consumers report. No further producers will come to either queue.
let reported = try sightings.makeConsumer()
items.close()
sightings.close()

var itemsOf = [Int](repeating: 0, count: producers)
var itemsSeenBy = [Int](repeating: 0, count: consumers)
for sighting in reported {
  print("consumer \(sighting.consumer) saw item \(sighting.item)")
  itemsOf[sighting.item] += 1
  itemsSeenBy[sighting.consumer] += 1
}
if let failure = reported.failure { throw failure }
try workers.wait()  // throws what a worker threw, or how it died

let total = itemsOf.reduce(0, +)
let busy = itemsSeenBy.count { $0 > 0 }
print(
  "\(total) of \(producers * itemsEach) items accounted for, seen by \(busy) of \(consumers) consumers"
)
for (producer, count) in itemsOf.enumerated() where count != itemsEach {
  print("producer \(producer): \(count) items instead of \(itemsEach)")
}
exit(itemsOf.allSatisfy { $0 == itemsEach } ? EXIT_SUCCESS : EXIT_FAILURE)
