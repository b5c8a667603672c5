internal import RingBuffer
internal import SharedMemory

/// What a spawned program is told of what it inherits, in one environment variable.
///
///     VERSION;PARENT;DIES;LAST WORDS;NAME=KIND:SLOT:WORD:PLACE;…
///
/// PARENT is a `ProcessIdentity`, DIES 1 or 0. A file is DESCRIPTOR@DEVICE.INODE, or, where the
/// program finds it by its name, NAME@DEVICE.INODE; so a token that has outlived its file is known.
struct Inheritance: Hashable, Sendable {
  /// Where a segment or a page is.
  enum Place: Hashable, Sendable {
    case descriptor(CInt)
    case named(QueueName)
  }

  struct File: Hashable, Sendable {
    var place: Place
    var device: UInt64
    var inode: UInt64

    func isFile(_ status: FileStatus) -> Bool {
      status.device == device && status.inode == inode
    }
  }

  struct Token: Hashable, Sendable {
    var slot: SlotToken
    var file: File
  }

  static let variable = "ITERABLE_QUEUE_INHERITED"
  private static let version = "1"

  var parent: ProcessIdentity
  var diesWithParent: Bool
  var lastWords: File
  var tokens: [String: Token] = [:]
  /// Whether the text had an endpoint that cannot be read.
  private(set) var isDamaged = false

  init(parent: ProcessIdentity, diesWithParent: Bool, lastWords: File) {
    self.parent = parent
    self.diesWithParent = diesWithParent
    self.lastWords = lastWords
  }
}

// As text.
extension Inheritance {
  var text: String {
    var parts = [
      Self.version, "\(parent.rawValue)", diesWithParent ? "1" : "0", Self.text(of: lastWords),
    ]
    for (name, token) in tokens.sorted(by: { $0.key < $1.key }) {
      let slot = token.slot
      parts.append(
        "\(Self.escaped(name))=\(slot.kind.rawValue):\(slot.slot):\(slot.word):"
          + Self.text(of: token.file))
    }
    return parts.joined(separator: ";")
  }

  /// Nil for a text that does not begin as `text` does.
  init?(_ text: String) {
    let parts = text.split(separator: ";", omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[0] == Self.version, let parent = UInt64(parts[1]),
      ["0", "1"].contains(parts[2]), let lastWords = Self.file(parts[3])
    else { return nil }
    self.init(
      parent: ProcessIdentity(rawValue: parent), diesWithParent: parts[2] == "1",
      lastWords: lastWords)
    for part in parts.dropFirst(4) {
      guard let (name, token) = Self.token(part) else {
        isDamaged = true
        continue
      }
      tokens[name] = token
    }
  }

  private static func token(_ text: Substring) -> (name: String, token: Token)? {
    let sides = text.split(separator: "=", omittingEmptySubsequences: false)
    guard sides.count == 2, let name = unescaped(sides[0]) else { return nil }
    let fields = sides[1].split(separator: ":", omittingEmptySubsequences: false)
    guard fields.count == 4, let kind = UInt64(fields[0]).flatMap(SlotKind.init), kind != .handle,
      let slot = Int(fields[1]), let word = UInt64(fields[2]), let file = file(fields[3])
    else { return nil }
    return (name, Token(slot: SlotToken(kind: kind, slot: slot, word: word), file: file))
  }

  private static func text(of file: File) -> String {
    let place =
      switch file.place {
      case .descriptor(let number): "\(number)"
      case .named(let name): "/\(escaped(name.description))"
      }
    return "\(place)@\(file.device).\(file.inode)"
  }

  private static func file(_ text: Substring) -> File? {
    let sides = text.split(separator: "@", omittingEmptySubsequences: false)
    guard sides.count == 2 else { return nil }
    let numbers = sides[1].split(separator: ".", omittingEmptySubsequences: false)
    guard numbers.count == 2, let device = UInt64(numbers[0]), let inode = UInt64(numbers[1])
    else { return nil }
    if sides[0].first == "/" {
      guard let name = unescaped(sides[0].dropFirst()).flatMap({ try? QueueName($0) }) else {
        return nil
      }
      return File(place: .named(name), device: device, inode: inode)
    }
    guard let number = CInt(sides[0]), number >= 0 else { return nil }
    return File(place: .descriptor(number), device: device, inode: inode)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// With "%" and two digits for each byte that means something else in the text.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for byte in text.utf8 {
      if isPlain(byte) {
        escaped.unicodeScalars.append(UnicodeScalar(byte))
      } else {
        let digits = String(byte, radix: 16)
        escaped += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return escaped
  }

  private static func unescaped(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8
    while let byte = rest.popFirst() {
      if isPlain(byte) {
        bytes.append(byte)
      } else {
        guard byte == UInt8(ascii: "%"), rest.count >= 2,
          let digits = String(rest.prefix(2)), let value = UInt8(digits, radix: 16)
        else { return nil }
        bytes.append(value)
        rest = rest.dropFirst(2)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
