import CIterableQueue
import SharedMemory
import Testing

@Suite(.timeLimit(.minutes(10)))
struct LastWordsTests {
  @Test func `nothing was said at first`() throws {
    #expect(try LastWords().heard() == nil)
  }

  @Test(arguments: ["", "a", "two\nlines", "ä€𝄞👩‍👩‍👧‍👦"])
  func `what fits is heard as it was said`(text: String) throws {
    let words = try LastWords()
    let before = Deadline.now
    words.say(text)
    let heard = try #require(words.heard())
    #expect(heard.text == text)
    #expect(before <= heard.at && heard.at <= .now)
  }

  @Test func `the limit is 4,000 bytes, and what is longer is cut between two characters`() throws {
    for character in ["a", "ä", "€", "𝄞", "👩‍👩‍👧‍👦"] as [Character] {
      let size = character.utf8.count
      for length in [4000 - size, 3999, 4000, 4001, 4000 + size, 9000] {
        for start in 0..<size {
          let text =
            String(repeating: "x", count: start)
            + String(repeating: character, count: (length - start) / size)
          let words = try LastWords()
          words.say(text)
          let heard = try #require(words.heard()).text
          if text.utf8.count <= 4000 {
            #expect(heard == text)
          } else {
            #expect(heard.hasSuffix("…") && text.hasPrefix(heard.dropLast()))
            #expect(heard.utf8.count <= 4000 && heard.utf8.count > 4000 - 3 - size)
          }
        }
      }
    }
  }

  @Test func `a text that is one huge character does not overflow`() throws {
    let words = try LastWords()
    words.say("e" + String(repeating: "\u{301}", count: 5000))
    #expect(words.heard()?.text == "…")
  }

  @Test func `a length that no worker writes is not believed`() throws {
    var page: UnsafeMutablePointer<ciq_last_words>?
    try #require(unsafe ciq_last_words_map(&page) == 0)
    let words = unsafe try #require(page)
    defer { unsafe ciq_last_words_unmap(words) }
    var text = [CChar](repeating: 1, count: 4000)
    var time: UInt64 = 0
    for said in [0, 4002, 1 << 31, UInt32.max] {
      unsafe words.pointee.said = said
      #expect(unsafe ciq_last_words_read(words, &text, &time) == -1)
    }
    unsafe words.pointee.said = 4001
    #expect(unsafe ciq_last_words_read(words, &text, &time) == 4000)
  }

  @Test func `bytes that are no text are repaired`() throws {
    let words = try LastWords()
    unsafe words.giveAway { page in
      for (index, byte) in [0xff, 0x61, 0xc3, 0x62, 0xf0, 0x9f].enumerated() {
        unsafe withUnsafeMutableBytes(of: &page.pointee.text) { unsafe $0[index] = UInt8(byte) }
      }
      unsafe page.pointee.said = 7
      return false
    }
    #expect(words.heard()?.text == "\u{FFFD}a\u{FFFD}b\u{FFFD}")
  }
}

@Suite(.timeLimit(.minutes(10)))
struct ChildEndTests {
  @Test func `each end has a word of its own`() {
    let ends: [ChildEnd] = [
      .exited(status: 0), .exited(status: 255), .killed(signal: 9, coreDumped: false),
      .killed(signal: 11, coreDumped: true), .reapedElsewhere,
    ]
    for end in ends { #expect(ChildEnd(word: end.word) == end) }
    #expect(Set(ends.map(\.word)).count == ends.count)
    #expect(ChildEnd(word: 0) == nil)
  }
}
