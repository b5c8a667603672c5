package import CIterableQueue

/// What a worker says before it ends by an error, in a page that it shares with its parent.
///
/// A page and no pipe: nobody has to read while the worker lives, no child that inherits it keeps
/// anything open, and the words outlive the worker, however it ends. The C function is `mmap`.
@safe package final class LastWords: @unchecked Sendable {
  private let page: UnsafeMutablePointer<ciq_last_words>
  // Set by the deinit of the only owner.
  private var isGivenAway = false

  /// A page that the next child of `fork` shares.
  package init() throws(SystemFailure) {
    var page: UnsafeMutablePointer<ciq_last_words>?
    let error = unsafe ciq_last_words_map(&page)
    guard error == 0, let page = unsafe page else {
      throw SystemFailure(errno: error, call: "mmap")
    }
    unsafe self.page = page
  }

  private init(page: UnsafeMutablePointer<ciq_last_words>) { unsafe self.page = page }

  /// A page that another program can open by the descriptor, which the caller closes. The C function
  /// is `memfd_create`.
  package static func shared() throws(SystemFailure) -> (words: LastWords, descriptor: CInt) {
    var page: UnsafeMutablePointer<ciq_last_words>?
    let descriptor = unsafe ciq_last_words_share(&page)
    guard descriptor >= 0, let page = unsafe page else {
      throw SystemFailure(errno: -descriptor, call: "memfd_create")
    }
    return unsafe (LastWords(page: page), descriptor)
  }

  /// The page that the program which started this one shares with it.
  package convenience init(sharedBy descriptor: CInt) throws(SystemFailure) {
    var page: UnsafeMutablePointer<ciq_last_words>?
    let error = unsafe ciq_last_words_open(descriptor, &page)
    guard error == 0, let page = unsafe page else {
      throw SystemFailure(errno: error, call: "mmap")
    }
    unsafe self.init(page: page)
  }

  deinit {
    if !isGivenAway { unsafe ciq_last_words_unmap(page) }
  }

  /// Keeps the first 4,000 bytes of `text`, cut between two characters; "…" shows the cut.
  package func say(_ text: String) {
    let limit = Int(ciq_last_words_limit)
    var bytes: [UInt8] = []
    // Not `text.utf8.count`: that of a bridged or huge text is not free, and only the start counts.
    var fitting = 0
    for character in text {
      let length = character.utf8.count
      if bytes.count + length > limit {
        bytes.removeLast(bytes.count - fitting)
        bytes += "…".utf8
        break
      }
      bytes += character.utf8
      if bytes.count <= limit - "…".utf8.count { fitting = bytes.count }
    }
    unsafe bytes.withUnsafeBytes { text in
      unsafe ciq_last_words_say(
        page, text.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(text.count))
    }
  }

  /// The words, with what is no UTF-8 replaced, and when they were said; nil if there are none.
  package func heard() -> (text: String, at: Deadline)? {
    var time: UInt64 = 0
    let limit = Int(ciq_last_words_limit)
    var length: CInt = -1
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      length = unsafe buffer.withMemoryRebound(to: CChar.self) {
        unsafe ciq_last_words_read(page, $0.baseAddress!, &time)
      }
      count = max(0, Int(length))
    }
    if length < 0 { return nil }
    return (String(decoding: bytes, as: UTF8.self), Deadline(nanoseconds: time))
  }

  /// Lets `take` have the page; it says whether it took it.
  package func giveAway(to take: (UnsafeMutablePointer<ciq_last_words>) -> Bool) {
    isGivenAway = unsafe take(page)
  }

  /// Writes one line to standard error unless `end` is a success or by a forgiven signal.
  func report(_ end: ChildEnd, of who: String, forgiving signals: UInt64) {
    var end = end.cValue
    unsafe ciq_report_end(who, &end, page, signals)
  }
}
