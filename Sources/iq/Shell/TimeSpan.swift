internal import ArgumentParser

/// A time span of the command line: seconds, or a number with ms, s, m or h.
package struct TimeSpan: ExpressibleByArgument, CustomStringConvertible {
  package var duration: Duration

  package init?(argument: String) {
    let number = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit: Double? =
      switch argument.dropFirst(number.count) {
      case "ms": 0.001
      case "", "s": 1
      case "m": 60
      case "h": 3600
      default: nil
      }
    guard let unit, let value = Double(number), value * unit < 1e9 else { return nil }
    duration = .seconds(value * unit)
  }

  package var description: String { duration.brief }

  /// Throws `ValidationError` saying what is accepted.
  static func parse(_ argument: String) throws -> TimeSpan {
    guard let span = TimeSpan(argument: argument) else {
      throw ValidationError("a time is a number of seconds, or 500ms, 30s, 5m, 1h")
    }
    return span
  }
}

extension Duration {
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }

  /// As `TimeSpan` reads it: "2s", "0.5s", "90s".
  var brief: String {
    let seconds = seconds
    return seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(seconds)s"
  }
}
