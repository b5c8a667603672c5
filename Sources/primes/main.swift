import IterableQueues

let ranges = try IterableQueue<Range<Int>>(), counts = try IterableQueue<Int>()
let workers = WorkerGroup()
try workers.spawn(count: 4, .besideThisProgram("prime-worker")) { _ in
  ["ranges": try ranges.makeConsumer(), "counts": try counts.makeProducer()]
}
let feed = try ranges.makeProducer(), results = try counts.makeConsumer()
ranges.close()
counts.close()
for start in stride(from: 0, to: 100_000, by: 1000) { try feed.put(start..<start + 1000) }
feed.close()
print(results.reduce(0, +))  // 9592
try workers.wait()
