internal import Synchronization
public import ItemCoding
public import RingBuffer

/// Buffers for encoding, kept from one put to the next.
@usableFromInline
final class Workspace {
  @usableFromInline var encoded = EncodingBuffer()
  @usableFromInline var batch = RecordBatch()

  /// Keeps one workspace; threads that find it taken make another.
  @usableFromInline
  @safe struct Cell: ~Copyable, @unchecked Sendable {
    private let spare = unsafe Atomic<UnsafeMutableRawPointer?>(nil)

    init() {}

    deinit {
      if let kept = unsafe spare.exchange(nil, ordering: .acquiring) {
        unsafe Unmanaged<Workspace>.fromOpaque(kept).release()
      }
    }

    @usableFromInline
    borrowing func take() -> Workspace {
      guard let kept = unsafe spare.exchange(nil, ordering: .acquiring) else { return Workspace() }
      return unsafe Unmanaged<Workspace>.fromOpaque(kept).takeRetainedValue()
    }

    @usableFromInline
    borrowing func giveBack(_ workspace: Workspace) {
      let kept = unsafe Unmanaged.passRetained(workspace).toOpaque()
      let (exchanged, _) = unsafe spare.compareExchange(
        expected: nil, desired: kept, ordering: .acquiringAndReleasing)
      if !exchanged { unsafe Unmanaged<Workspace>.fromOpaque(kept).release() }
    }
  }
}
