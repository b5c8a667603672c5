internal import Glibc

/// A file with a row for each job, in the columns of GNU parallel.
final class JobLog {
  private let output: OutputDescriptor
  private let path: String

  /// Throws a `CommandFailure` if the file cannot be made.
  init(_ path: String) throws {
    self.path = path
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw CommandFailure(.inputOutput, "\(path): \(message(errno))") }
    output = OutputDescriptor(file)
    try write("Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n")
  }

  deinit { close(output.descriptor) }

  func append(
    sequence: Int, startTime: Double, runtime: Double, received: Int, end: JobEnd,
    command: [[UInt8]]
  ) throws {
    let (status, signal): (Int32, Int32) =
      switch end {
      case .exit(let status): (status, 0)
      case .signal(let signal): (0, signal)
      case .timedOut: (-1, SIGTERM)
      case .notStarted: (127, 0)
      }
    let words = command.map(Self.quoted).joined(separator: " ")
    try write(
      "\(sequence)\t:\t\(fixed(startTime, 3))\t\(fixed(runtime, 3))\t0\t\(received)\t\(status)\t\(signal)\t\(words)\n"
    )
  }

  private func write(_ row: String) throws {
    do { try output.write(row) } catch let failure as CommandFailure {
      throw CommandFailure(failure.status, "\(path): \(failure.description)")
    }
  }

  /// A word as a shell reads it, on one line.
  private static func quoted(_ word: [UInt8]) -> String {
    let text = String(decoding: word, as: UTF8.self)
    let plain =
      !text.isEmpty
      && text.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || ("0"..."9").contains($0)
          || "_-./:=@%+,".unicodeScalars.contains($0)
      }
    if plain { return text }
    let breaks = text.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }
    if !breaks {
      return "'"
        + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        + "'"
    }
    let escaped = text.unicodeScalars.map { scalar -> String in
      switch scalar {
      case "\n": "\\n"
      case "\t": "\\t"
      case "'", "\\": "\\\(scalar)"
      default:
        scalar.value < 32 || scalar.value == 127
          ? "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
          : String(Character(scalar))
      }
    }
    return "$'" + escaped.joined() + "'"
  }
}

/// `value` with so many decimals.
func fixed(_ value: Double, _ decimals: Int) -> String {
  var scale = 1.0
  for _ in 0..<decimals { scale *= 10 }
  let scaled = Int((value.magnitude * scale).rounded())
  var digits = String(scaled)
  while digits.count <= decimals { digits = "0" + digits }
  let sign = value < 0 && scaled > 0 ? "-" : ""
  if decimals == 0 { return sign + digits }
  return sign + digits.dropLast(decimals) + "." + digits.suffix(decimals)
}
