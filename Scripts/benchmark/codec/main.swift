// Prints one line for each row and codec: row, codec, nanoseconds to encode and to decode, bytes,
// allocations to encode and to decode.  Scripts/benchmark-codec runs it against its peers.

import AllocationCount
import Foundation
import ItemCoding

/// The time of a call in nanoseconds: the best of 20 batches of a few milliseconds each, since
/// whatever else the machine does only adds.
func nanoseconds(_ body: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  var calls = 1
  var best = Double.infinity
  var batches = 0
  while batches < 20 {
    let begin = clock.now
    for _ in 0..<calls { try body() }
    let time = Double((clock.now - begin) / .nanoseconds(1))
    if time < 3e6 {
      calls *= 2
    } else {
      best = min(best, time / Double(calls))
      batches += 1
    }
  }
  return best
}

func allocations(_ body: () throws -> Void) rethrows -> Double {
  for _ in 0..<10 { try body() }
  let before = allocation_count()
  for _ in 0..<100 { try body() }
  return Double(allocation_count() - before) / 100
}

let wanted = Set(CommandLine.arguments.dropFirst())

let codecs: Set = ["cbor", "json", "plist"]

/// Whether the command line names `name`, or none of its kind.
func isWanted(_ name: String, of kind: Set<String>) -> Bool {
  wanted.contains(name) || wanted.isDisjoint(with: kind)
}

func report(
  _ row: String, _ codec: String, bytes: Int, encode: () throws -> Void, decode: () throws -> Void
) throws {
  print(
    row, codec, try nanoseconds(encode), try nanoseconds(decode), bytes, try allocations(encode),
    try allocations(decode))
}

func measure<Value: Codable & Equatable>(_ row: String, _ value: Value) throws {
  if isWanted("cbor", of: codecs) {
    let codec = CBORCodec<Value>()
    var buffer = EncodingBuffer()
    try codec.encode(value, into: &buffer)
    let bytes = unsafe buffer.withUnsafeBytes { unsafe [UInt8]($0) }
    let carried = try unsafe codec.decode(bytes.span.bytes)
    precondition(carried == value)
    try report(row, "cbor", bytes: bytes.count) {
      buffer.removeAll()
      try codec.encode(value, into: &buffer)
    } decode: {
      _ = try unsafe codec.decode(bytes.span.bytes)
    }
  }
  if isWanted("json", of: codecs) {
    let encoder = JSONEncoder()
    let decoder = JSONDecoder()
    let text = try encoder.encode(value)
    try report(row, "json", bytes: text.count) {
      _ = try encoder.encode(value)
    } decode: {
      _ = try decoder.decode(Value.self, from: text)
    }
  }
  if isWanted("plist", of: codecs) {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    let decoder = PropertyListDecoder()
    // A property list is an array or a dictionary.
    let list = try encoder.encode([value])
    try report(row, "plist", bytes: list.count) {
      _ = try encoder.encode([value])
    } decode: {
      _ = try decoder.decode([Value].self, from: list)
    }
  }
}

func row(_ name: String, _ body: (String) throws -> Void) throws {
  if isWanted(name, of: ["small", "record", "doubles", "counts", "blob"]) { try body(name) }
}

try row("small") { try measure($0, Small.sample) }
try row("record") { try measure($0, Record.sample) }
try row("doubles") { try measure($0, doubles) }
try row("counts") { try measure($0, counts) }
try row("blob") { try measure($0, blob) }
