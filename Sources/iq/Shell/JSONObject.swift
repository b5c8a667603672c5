/// A JSON object that is put together key by key.
struct JSONObject {
  private var json = JSONWriter()
  private var isEmpty = true

  private mutating func key(_ key: String) {
    json.append(isEmpty ? "{" : ",")
    isEmpty = false
    json.append(string: key.utf8)
    json.append(":")
  }

  mutating func set(_ key: String, _ text: String?) {
    self.key(key)
    if let text { json.append(string: text.utf8) } else { json.append("null") }
  }

  mutating func set(_ key: String, _ value: Int) { set(key, raw: Array("\(value)".utf8)) }
  mutating func set(_ key: String, _ value: Bool) { set(key, raw: Array("\(value)".utf8)) }
  mutating func set(_ key: String, _ value: Double) {
    self.key(key)
    json.append(value)
  }
  mutating func set(_ key: String, _ objects: [JSONObject]) {
    set(key, raw: Array("[".utf8) + objects.map(\.bytes).joined(separator: ",".utf8) + "]".utf8)
  }
  mutating func set(_ key: String, _ object: JSONObject) { set(key, raw: object.bytes) }
  mutating func set(_ key: String, raw value: [UInt8]) {
    self.key(key)
    json.append(raw: value)
  }

  var bytes: [UInt8] { isEmpty ? Array("{}".utf8) : json.bytes + "}".utf8 }
  var line: [UInt8] { bytes + "\n".utf8 }
}
