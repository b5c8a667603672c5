/// Times as RFC 3339 writes them, in UTC.
enum Timestamp {
  /// "2013-03-21T20:04:00Z", with up to six decimals of the second; nil outside the years 0 to 9999.
  static func text(_ seconds: Double) -> String? {
    guard seconds.isFinite, (-62_167_219_200..<253_402_300_800).contains(seconds) else {
      return nil
    }
    let whole = Int(seconds.rounded(.down))
    let micros = Int(((seconds - Double(whole)) * 1e6).rounded())
    return text(micros == 1_000_000 ? whole + 1 : whole, micros: micros % 1_000_000)
  }

  static func text(_ seconds: Int, micros: Int = 0) -> String {
    let days = Int((Double(seconds) / 86_400).rounded(.down))
    let second = seconds - days * 86_400
    let (year, month, day) = date(days)
    var text = "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T"
    text += "\(pad(second / 3600, 2)):\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2))"
    if micros > 0 {
      var decimals = pad(micros, 6)
      while decimals.hasSuffix("0") { decimals.removeLast() }
      text += ".\(decimals)"
    }
    return text + "Z"
  }

  private static func pad(_ value: Int, _ count: Int) -> String {
    let digits = "\(value)"
    return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
  }

  /// The proleptic Gregorian date of a day since 1970-01-01. Years are counted from March, so that
  /// the leap day is the last.
  private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    )
  }
}
