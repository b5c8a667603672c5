/// What is known of every item of one queue, by its number, independent of the queue.
///
/// Each fact is stored before or after the operation that it tells of, so that a process killed in
/// between leaves a doubt and never a false fact. Numbers are used once: a put that was refused
/// burns its number.
struct Ledger {
  /// One item's facts in one word.
  struct Facts {
    var word: UInt64

    /// Its producer was about to put it.
    static let putBegan: UInt64 = 1
    /// The put returned: the item is in the queue.
    static let putReturned: UInt64 = 2
    /// The put was refused: the item must never be seen.
    static let putRefused: UInt64 = 4
    /// The consumer that has it was about to acknowledge it.
    static let acknowledgeBegan: UInt64 = 8
    /// The acknowledgement returned: the item must never be delivered again.
    static let acknowledged: UInt64 = 16
    /// It was found among the dead letters.
    static let dead: UInt64 = 32
    /// A consumer that gets it dies.
    static let deadly: UInt64 = 64
    /// Another queue's item was made from it, and came out.
    static let carriedOn: UInt64 = 128

    func has(_ fact: UInt64) -> Bool { word & fact != 0 }
    var deliveries: Int { Int(word >> 8 & 0xFFFF) }
    /// The attempt that the last consumer saw.
    var attempt: Int { Int(word >> 24 & 0xFF) }
    /// The number of the item that it was made from.
    var origin: Int { Int(word >> 32) }
    var wasSeen: Bool { deliveries > 0 || has(Self.dead) }

    /// The same, delivered once more. Forgets that an earlier consumer began to acknowledge.
    func delivered(attempt: Int) -> Facts {
      var word = word & ~(Self.acknowledgeBegan | 0xFF << 24)
      word += 1 << 8
      return Facts(word: word | UInt64(attempt & 0xFF) << 24)
    }
  }

  let cells: SharedCells
  /// 0 is no number; cell 0 holds the next one.
  private let next = 0

  func clear() {
    cells.clear()
    cells[next] = 1
  }

  /// `count` numbers in a row that nobody else has; nil if there are not so many left.
  func draw(_ count: Int) -> Range<Int>? {
    let first = Int(cells.add(UInt64(count), to: next))
    return first + count <= cells.count ? first..<first + count : nil
  }

  /// The numbers drawn so far.
  var numbers: Range<Int> { 1..<max(1, min(Int(cells[next]), cells.count)) }

  /// Whether the numbers are running out.
  var isNearlyFull: Bool { Int(cells[next]) > cells.count / 8 * 7 }

  subscript(number: Int) -> Facts { Facts(word: cells[number]) }

  func note(_ fact: UInt64, of number: Int) { update(number) { Facts(word: $0.word | fact) } }

  func note(_ fact: UInt64, of numbers: some Sequence<Int>) {
    for number in numbers { note(fact, of: number) }
  }

  func begin(_ number: Int, from origin: Int, deadly: Bool) {
    cells[number] =
      Facts.putBegan | (deadly ? Facts.deadly : 0) | UInt64(UInt32(truncatingIfNeeded: origin))
      << 32
  }

  /// Returns the facts before.
  @discardableResult
  func update(_ number: Int, _ change: (Facts) -> Facts) -> Facts {
    while true {
      let old = cells[number]
      if cells.compareExchange(number, old, change(Facts(word: old)).word) {
        return Facts(word: old)
      }
    }
  }
}
