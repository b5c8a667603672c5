import IterableQueues
struct Page: Codable, Sendable, Equatable { var url: String; var depth: Int }
let q = try IterableQueue<Int>()
let p = try q.makeProducer(), c = try q.makeConsumer()
let n = 5_000_000
var clock = ContinuousClock()
var sum = 0
var t = try clock.measure { for i in 0..<n { try p.put(i); sum += try c.get()! } }
print("pair", t / n, sum)
t = try clock.measure {
  for i in 0..<n / 64 {
    try p.put(contentsOf: i * 64..<i * 64 + 64); for x in try c.get(upTo: 64) { sum += x }
  }
}
print("batch pair", t / n, sum)
q.close(); p.close()
print(try c.get() as Any, q.statistics)
let q2 = try IterableQueue<Page>()
let p2 = try q2.makeProducer(), c2 = try q2.makeConsumer()
try p2.put(Page(url: "x", depth: 2))
print(try c2.get() as Any)
c2.reject()
print(c2.attempt, try c2.get() as Any, c2.attempt, q2.statistics)
q2.cancel()
do { try p2.put(Page(url: "x", depth: 2)) } catch { print(error) }
print(c2.next() as Any, c2.failure as Any)
