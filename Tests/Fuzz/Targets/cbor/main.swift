import FoundationEssentials
import ItemCoding

private let decoder = CBORDecoder()
private let shallow = CBORDecoder(options: CBOROptions(nestingLimit: 4))
private let encoder = CBOREncoder()

/// Reads the bytes as one of several types, chosen by the first. What can be read can be written,
/// and what was written can be read.
@_cdecl("LLVMFuzzerTestOneInput")
public func cborTarget(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = unsafe Input(data, count)
  let choice = input.byte()
  let bytes = input.rest()
  // One decoder for all inputs, as in a queue: what a bad item leaves must not hurt the next.
  let decoder = choice & 0x80 != 0 ? shallow : decoder
  switch choice & 0x1F {
  case 0: check(Page.self, bytes, decoder)
  case 1: check(Shape.self, bytes, decoder)
  case 2: check([Int].self, bytes, decoder)
  case 3: check([String: Double].self, bytes, decoder)
  case 4: check([Int: [Color]].self, bytes, decoder)
  case 5: check(Dog.self, bytes, decoder)
  case 6: check(Node.self, bytes, decoder)
  case 7: check(Anything.self, bytes, decoder)
  case 8: _ = try? decoder.decode(ByHand.self, from: bytes)
  case 9: check(Data.self, bytes, decoder)
  case 10: check(Date.self, bytes, decoder)
  case 11: check(String.self, bytes, decoder)
  case 12: check(Numbers.self, bytes, decoder)
  case 13: check(Set<Point>.self, bytes, decoder)
  case 14: check([[UInt8]?].self, bytes, decoder)
  case 15: check([URL].self, bytes, decoder)
  case 16: check(Decimal.self, bytes, decoder)
  case 17: check([Color: Date].self, bytes, decoder)
  case 18: check([Float16].self, bytes, decoder)
  case 19: check([Bool].self, bytes, decoder)
  case 20: check(UUID.self, bytes, decoder)
  default: check([Anything].self, bytes, decoder)
  }
  return 0
}

private func check<Value: Codable>(_ type: Value.Type, _ bytes: [UInt8], _ decoder: CBORDecoder) {
  guard let value = try? decoder.decode(type, from: bytes) else { return }
  guard let written = try? encoder.encode(value) else { return }
  do { _ = try decoder.decode(type, from: written) } catch {
    fatalError("\(type) was written as \(written), and not read again: \(error)")
  }
}
