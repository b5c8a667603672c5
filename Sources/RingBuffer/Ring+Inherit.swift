package import SharedMemory

/// What names an open endpoint from outside the process that opened it.
package struct SlotToken: Hashable, Sendable {
  package var kind: SlotKind
  package var slot: Int
  /// The slot's word while the endpoint is open.
  package var word: UInt64

  package init(kind: SlotKind, slot: Int, word: UInt64) {
    self.kind = kind
    self.slot = slot
    self.word = word
  }
}

extension EndpointState {
  /// What another program needs to claim the endpoint.
  package var token: SlotToken { SlotToken(kind: kind, slot: slot, word: word.rawValue) }
}

extension Ring {
  /// What became of a claim by a token.
  package enum InheritOutcome: Sendable {
    case claimed(EndpointState)
    /// No endpoint of this queue ever had that token.
    case forged
    /// The endpoint is not open any more, or another process's.
    case refused(Refusal)
  }

  /// Makes this process the owner of an endpoint that `parent` opened, and may have handed over.
  package func inherit(
    _ token: SlotToken, from parent: ProcessIdentity, _ patience: RobustMutex.Patience
  ) -> InheritOutcome {
    let word = SlotWord(rawValue: token.word)
    guard token.kind != .handle, 0..<geometry.maxEndpoints ~= token.slot, word.isOpen,
      SlotWord(open: word.generation) == word, word.generation & 1 == 1
    else { return .forged }
    let here = ProcessIdentity.current
    let state = EndpointState(slot: token.slot, kind: token.kind, word: word, owner: here)
    if slotWord(token.slot).loadAcquire() == token.word,
      kind(of: token.slot) != token.kind
    {
      return .forged
    }
    if let refusal = handOver(state, from: parent, to: here, patience) {
      return .refused(refusal)
    }
    return .claimed(state)
  }
}
