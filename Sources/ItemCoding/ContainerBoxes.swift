internal import Synchronization

/// What a container of a program refers to, as long as it may.
class ContainerLease {
  /// Ends the program's use of the container.
  func revoke() {}
  /// Goes past what is left of what the container reads.
  func finish() throws {}
}

/// A container of any kind, kept together with what it refers to.
///
/// One thread at a time uses it, as it does the writer or reader that it belongs to.
class AnyKeptContainer: @unchecked Sendable {
  /// Nobody but this object has the container.
  func isUnused() -> Bool { false }
}

/// A container, kept where it is reached by the type `Container` alone: to copy one out costs no
/// look-up of its type, as `KeyedEncodingContainer<Key>` would for each `Key`.
@safe
final class KeptContainer<Container>: AnyKeptContainer, @unchecked Sendable {
  private let place: UnsafeMutablePointer<Container>
  private let lease: ContainerLease?

  /// Keeps `container`, and the lease that it refers to without owning it.
  init(_ container: Container, _ lease: ContainerLease? = nil) {
    self.lease = lease
    unsafe place = .allocate(capacity: 1)
    unsafe place.initialize(to: container)
  }

  deinit {
    unsafe place.deinitialize(count: 1)
    unsafe place.deallocate()
  }

  /// The container.
  func copy() -> Container { unsafe place.pointee }

  /// A keyed container is one reference to its box. If that ever changes, none is used again.
  override func isUnused() -> Bool {
    guard MemoryLayout<Container>.size == MemoryLayout<AnyObject>.size else { return false }
    return unsafe place.withMemoryRebound(to: AnyObject.self, capacity: 1) {
      unsafe isKnownUniquelyReferenced(&$0.pointee)
    }
  }
}

/// The containers of a writer or a reader, kept from value to value.
///
/// The standard library allocates a box for each keyed container. The boxes are kept by type of
/// key, and used again once the program's copies are gone, so a value in steady state costs none.
///
/// A keyed container does not own its lease: it would count references for every field. So one that
/// the program still holds at the end of its value is kept aside until the program lets go.
@safe
final class ContainerBoxes {
  /// A container and its lease, in the list of those in use or in that of its bucket. Both are unmanaged, so
  /// that nobody counts a reference to look at them.
  @unsafe private struct Record {
    let type: ObjectIdentifier
    /// Retained, until `free`.
    let container: Unmanaged<AnyKeptContainer>
    /// What the container refers to; `container` keeps it alive.
    let lease: Unmanaged<ContainerLease>
    /// The frame that the container writes, or the number of containers before it.
    var owner = 0
    var next: UnsafeMutablePointer<Record>?
  }

  private static let bucketCount = 32
  private let buckets: UnsafeMutablePointer<UnsafeMutablePointer<Record>?>
  private var used: UnsafeMutablePointer<Record>?
  /// How many boxes are in use.
  private(set) var usedCount = 0
  /// Those that the program still held at the end of their value.
  private var held: UnsafeMutablePointer<Record>?
  private var heldCount = 0
  /// At how many of them to look for those that it has let go.
  private var heldLimit = 8

  init() {
    unsafe buckets = .allocate(capacity: Self.bucketCount)
    unsafe buckets.initialize(repeating: nil, count: Self.bucketCount)
  }

  deinit {
    recycle(from: -1)
    sweepHeld()
    for bucket in 0..<Self.bucketCount {
      while let record = unsafe buckets[bucket] {
        unsafe buckets[bucket] = unsafe record.pointee.next
        unsafe Self.free(record)
      }
    }
    unsafe buckets.deallocate()
    var rest: [AnyKeptContainer] = []
    while let record = unsafe held {
      unsafe held = unsafe record.pointee.next
      unsafe rest.append(record.pointee.container.takeUnretainedValue())
      unsafe Self.free(record)
    }
    if !rest.isEmpty { Self.outlive(rest) }
  }

  /// Containers of programs that outlived the codec, which refer to their leases still.
  private static let orphans = Mutex<[AnyKeptContainer]>([])

  private static func outlive(_ containers: [AnyKeptContainer]) {
    orphans.withLock { orphans in
      orphans.removeAll { $0.isUnused() }
      orphans += containers
    }
  }

  private static func free(_ record: UnsafeMutablePointer<Record>) {
    unsafe record.pointee.container.release()
    unsafe record.deallocate()
  }

  @inline(__always)
  private func bucket(_ type: ObjectIdentifier) -> UnsafeMutablePointer<
    UnsafeMutablePointer<Record>?
  > {
    let address = UInt(bitPattern: type)
    return unsafe buckets + Int(((address >> 4) ^ (address >> 9)) & UInt(Self.bucketCount - 1))
  }

  /// An unused container for `type`, now used by `owner`, and its lease; nil if there is none.
  @inline(__always)
  func take(
    _ type: ObjectIdentifier, for owner: Int
  ) -> (container: Unmanaged<AnyKeptContainer>, lease: Unmanaged<ContainerLease>)? {
    var link = unsafe bucket(type)
    while let record = unsafe link.pointee {
      if unsafe record.pointee.type == type {
        unsafe link.pointee = unsafe record.pointee.next
        unsafe use(record, for: owner)
        return unsafe (record.pointee.container, record.pointee.lease)
      }
      unsafe link = unsafe record.pointer(to: \.next)!
    }
    return nil
  }

  /// Keeps a new container for `type`, which refers to `lease` and is now used by `owner`.
  @inline(never)
  func keep(
    _ container: AnyKeptContainer, _ lease: ContainerLease, _ type: ObjectIdentifier,
    for owner: Int
  ) {
    let record = UnsafeMutablePointer<Record>.allocate(capacity: 1)
    unsafe record.initialize(
      to: Record(
        type: type, container: .passRetained(container), lease: .passUnretained(lease)))
    unsafe use(record, for: owner)
  }

  @inline(__always)
  private func use(_ record: UnsafeMutablePointer<Record>, for owner: Int) {
    unsafe record.pointee.owner = owner
    unsafe record.pointee.next = used
    unsafe used = record
    usedCount &+= 1
  }

  /// Takes back the boxes used by `owner` and all after it, last first.
  @inline(__always)
  func recycle(from owner: Int) {
    while let record = unsafe used, unsafe record.pointee.owner >= owner {
      unsafe used = unsafe record.pointee.next
      usedCount &-= 1
      unsafe record.pointee.lease._withUnsafeGuaranteedRef { $0.revoke() }
      if unsafe isUnused(record) {
        unsafe shelve(record)
      } else {
        unsafe hold(record)
      }
    }
  }

  @inline(__always)
  private func isUnused(_ record: UnsafeMutablePointer<Record>) -> Bool {
    unsafe record.pointee.container._withUnsafeGuaranteedRef { $0.isUnused() }
  }

  @inline(__always)
  private func shelve(_ record: UnsafeMutablePointer<Record>) {
    let bucket = unsafe bucket(record.pointee.type)
    unsafe record.pointee.next = unsafe bucket.pointee
    unsafe bucket.pointee = record
  }

  @inline(never)
  private func hold(_ record: UnsafeMutablePointer<Record>) {
    unsafe record.pointee.next = held
    unsafe held = record
    heldCount += 1
    if heldCount > heldLimit {
      sweepHeld()
      heldLimit = 2 * heldCount + 8
    }
  }

  /// Shelves the containers that the program has let go.
  private func sweepHeld() {
    var rest = unsafe held
    unsafe held = nil
    heldCount = 0
    while let record = unsafe rest {
      unsafe rest = unsafe record.pointee.next
      if unsafe isUnused(record) {
        unsafe shelve(record)
      } else {
        unsafe record.pointee.next = held
        unsafe held = record
        heldCount += 1
      }
    }
  }

  /// Calls `body` with the leases used by `owner` and all after it, last first.
  func forEachLease(from owner: Int, _ body: (ContainerLease) throws -> Void) rethrows {
    var record = unsafe used
    while let current = unsafe record, unsafe current.pointee.owner >= owner {
      try unsafe current.pointee.lease._withUnsafeGuaranteedRef(body)
      unsafe record = unsafe current.pointee.next
    }
  }
}
