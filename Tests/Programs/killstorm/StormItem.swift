/// Names an item: its number in its queue, and the worker that put it, counted from 1.
struct Ticket: Hashable {
  var value: Int
  init(value: Int) { self.value = value }
  init(number: Int, worker: Int) { value = worker << 32 | number }
  var number: Int { value & 0xFFFF_FFFF }
  var worker: Int { value >> 32 }
}

/// An item that carries a ticket.
protocol StormItem: Codable, Sendable {
  static func make(_ ticket: Ticket, _ random: inout Random) -> Self
  var ticket: Ticket { get }
  /// Whether each producer's items come in order at the first delivery. What lies behind an
  /// undecodable one in a batch goes to whoever asks next, who may have seen later ones.
  static var comesInOrder: Bool { get }
  /// Whether it is what its producer made.
  var isWhole: Bool { get }
}

/// Travels as its own 8 bytes.
extension Int: StormItem {
  static func make(_ ticket: Ticket, _ random: inout Random) -> Int { ticket.value }
  var ticket: Ticket { Ticket(value: self) }
  static var comesInOrder: Bool { true }
  var isWhole: Bool { true }
}

/// Travels as CBOR, from a few bytes to 30 KB; some cannot be decoded.
struct Parcel: StormItem {
  private var value: Int
  private var filling: [UInt8]
  private var isUndecodable: Bool

  /// The accounting reads dead letters.
  nonisolated(unsafe) static var decodesAll = false

  private enum CodingKeys: String, CodingKey { case value, filling, isUndecodable }
  struct Undecodable: Error {}

  static func make(_ ticket: Ticket, _ random: inout Random) -> Parcel {
    let isUndecodable = random.once(in: 400)
    let size =
      switch isUndecodable ? 0 : random.below(40) {
      case 0..<25: random.below(40)
      case 25..<38: random.below(2_000)
      default: random.below(15_000)
      }
    return Parcel(
      value: ticket.value, filling: [UInt8](repeating: Self.byte(ticket.value, size), count: size),
      isUndecodable: isUndecodable)
  }

  private static func byte(_ value: Int, _ size: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: (value &* 31) &+ size)
  }

  var ticket: Ticket { Ticket(value: value) }
  static var comesInOrder: Bool { false }
  var isWhole: Bool {
    let byte = Self.byte(value, filling.count)
    return filling.allSatisfy { $0 == byte }
  }

  private init(value: Int, filling: [UInt8], isUndecodable: Bool) {
    self.value = value
    self.filling = filling
    self.isUndecodable = isUndecodable
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    value = try fields.decode(Int.self, forKey: .value)
    filling = try fields.decode([UInt8].self, forKey: .filling)
    isUndecodable = try fields.decode(Bool.self, forKey: .isUndecodable)
    if isUndecodable, unsafe !Self.decodesAll { throw Undecodable() }
  }
}
