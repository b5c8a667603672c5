import IterableQueues

/// What is moved: items that carry a number, whose they are and which.
///
/// Large items hold it in the first word of every 4 KiB and in their last word, so that both sides
/// touch all of their memory, as the peers do.
protocol Load: Sendable {
  associatedtype Item
  var itemBytes: Int { get }
  func makeQueue(_ configuration: QueueConfiguration) throws -> IterableQueue<Item>
  func makeItem() -> Item
  func stamp(_ item: inout Item, _ number: Int)
  /// The item's number; nil if the item is damaged.
  func number(of item: Item) -> Int?
  /// Takes all items, by ones or in arrays of `batch`.
  func take(from consumer: Consumer<Item>, _ batch: Int, _ check: inout Check) throws
}

extension Load {
  func take(from consumer: Consumer<Item>, _ batch: Int, _ check: inout Check) throws {
    try takeItems(from: consumer, batch, &check)
  }

  func takeItems(from consumer: Consumer<Item>, _ batch: Int, _ check: inout Check) throws {
    if batch == 1 {
      for item in consumer { check.take(number(of: item)) }
    } else {
      for items in consumer.batches(upTo: batch) {
        for item in items { check.take(number(of: item)) }
      }
    }
    if let failure = consumer.failure { throw failure }
  }
}

func numbered(_ producer: Int, _ index: Int) -> Int { producer << 40 | index }

/// Plain numbers.
struct Numbers: Load {
  var itemBytes: Int { 8 }
  func makeQueue(_ configuration: QueueConfiguration) throws -> IterableQueue<Int> {
    try IterableQueue(configuration: configuration)
  }
  func makeItem() -> Int { 0 }
  func stamp(_ item: inout Int, _ number: Int) { item = number }
  func number(of item: Int) -> Int? { item }
}

/// Arrays of bytes, of any size; they travel as CBOR byte strings.
struct ByteArrays: Load {
  var itemBytes: Int
  var areReadInPlace = false
  func makeQueue(_ configuration: QueueConfiguration) throws -> IterableQueue<[UInt8]> {
    try IterableQueue(configuration: configuration)
  }
  func makeItem() -> [UInt8] { [UInt8](repeating: 0x5a, count: itemBytes) }
  func stamp(_ item: inout [UInt8], _ number: Int) {
    unsafe item.withUnsafeMutableBytes { bytes in
      for place in stride(from: 0, to: bytes.count - 8, by: 4096) {
        unsafe bytes.storeBytes(of: number, toByteOffset: place, as: Int.self)
      }
      unsafe bytes.storeBytes(of: number, toByteOffset: bytes.count - 8, as: Int.self)
    }
  }
  func number(of item: [UInt8]) -> Int? { unsafe number(of: item.span.bytes) }
  func take(from consumer: Consumer<[UInt8]>, _ batch: Int, _ check: inout Check) throws {
    if !areReadInPlace { return try takeItems(from: consumer, batch, &check) }
    while let number = try consumer.withNextBytes({ unsafe number(of: $0.bytes) }) {
      check.take(number)
    }
  }
  func number(of bytes: RawSpan) -> Int? {
    guard bytes.byteCount == itemBytes else { return nil }
    let number = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: itemBytes - 8, as: Int.self)
    var damage = 0
    for place in stride(from: 0, to: itemBytes - 8, by: 4096) {
      damage |= unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: Int.self) ^ number
    }
    return damage == 0 ? number : nil
  }
}

/// Blocks of 1 KiB, a size that the compiler knows; they travel as they lie in memory.
///
/// Larger ones are no type for Swift: the compiler did not finish with 64 KiB in ten minutes.
struct Blocks: Load {
  typealias Item = InlineArray<128, Int>
  var itemBytes: Int { 1024 }
  func makeQueue(_ configuration: QueueConfiguration) throws -> IterableQueue<Item> {
    try IterableQueue(configuration: configuration, codec: .raw())
  }
  func makeItem() -> Item { Item(repeating: 0x5a) }
  func stamp(_ item: inout Item, _ number: Int) {
    item[0] = number
    item[127] = number
  }
  func number(of item: Item) -> Int? { item[0] == item[127] ? item[0] : nil }
}

/// A record of six fields, which travels as CBOR.
struct Page: Codable, Sendable {
  var producer: Int
  var index: Int
  var url: String
  var depth: Int
  var score: Double
  var isFinal: Bool
}

struct Records: Load {
  private let urls = (0..<256).map { "https://example.org/page/\($0)" }
  var itemBytes: Int { 96 }
  func makeQueue(_ configuration: QueueConfiguration) throws -> IterableQueue<Page> {
    try IterableQueue(configuration: configuration)
  }
  func makeItem() -> Page {
    Page(producer: 0, index: 0, url: urls[0], depth: 0, score: 0, isFinal: false)
  }
  func stamp(_ item: inout Page, _ number: Int) {
    let index = number & (1 << 40 - 1)
    item = Page(
      producer: number >> 40, index: index, url: urls[index & 255], depth: index & 7,
      score: Double(index) / 4, isFinal: index & 1 == 1)
  }
  func number(of item: Page) -> Int? {
    let index = item.index
    let isWhole =
      item.url == urls[index & 255] && item.depth == index & 7 && item.score == Double(index) / 4
      && item.isFinal == (index & 1 == 1)
    return isWhole ? numbered(item.producer, index) : nil
  }
}
