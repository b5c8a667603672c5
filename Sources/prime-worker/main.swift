import IterableQueues

func isPrime(_ number: Int) -> Bool {
  number > 1 && !(2..<number).prefix { $0 * $0 <= number }.contains { number % $0 == 0 }
}

Worker.run {
  let ranges = try Consumer<Range<Int>>(inherited: "ranges")
  let counts = try Producer<Int>(inherited: "counts")
  for range in ranges { try counts.put(range.count(where: isPrime)) }
}
