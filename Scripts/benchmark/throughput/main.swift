// Moves plain numbers through one queue and says how long it took.
//
// What is run and printed is what `prototype.c` runs and prints, so that the two can be compared.
import Glibc

let usage = """
  usage: throughput PRODUCERS CONSUMERS ITEMS BATCH RING_BYTES
         throughput pair ITEMS BATCH RING_BYTES
  """

func numbers(_ words: ArraySlice<String>) -> [Int] {
  words.map { word in
    guard let number = Int(word), number > 0 else { leave("\(word) is not a positive number") }
    return number
  }
}

func leave(_ message: String) -> Never {
  let bytes = Array((message + "\n").utf8)
  _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
  exit(2)
}

let words = CommandLine.arguments
let measured: Measured
if words.count == 5 && words[1] == "pair" {
  let numbers = numbers(words[2...])
  measured = try pair(items: numbers[0], batch: numbers[1], ringBytes: numbers[2])
} else if words.count == 6 {
  let numbers = numbers(words[1...])
  measured = try acrossProcesses(
    producers: numbers[0], consumers: numbers[1], items: numbers[2], batch: numbers[3],
    ringBytes: numbers[4])
} else {
  leave(usage)
}
print("{\"items\": \(measured.items), \"seconds\": \(measured.seconds)}")
