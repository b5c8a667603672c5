internal import RingBuffer
public import SystemPackage

/// The sizes and rules of a queue, fixed when it is made.
///
/// Memory is reserved as it is needed: the ring at once, an in-flight buffer for each consumer that
/// registers, the dead letters as they come.
public struct QueueConfiguration: Hashable, Sendable {
  /// How many items may wait, at most; nil for as many as fit in `ringBytes`. 1 to 2^31.
  public var maxItems: Int?
  /// How many bytes one encoded item may have, at most. 1 byte to 1 GiB.
  public var maxItemBytes: Int
  /// How many bytes of items may wait, with 8 bytes for each item and its padding to 8 bytes.
  ///
  /// Rounded up to a power of two, and to twice the largest item. Up to 4 GiB.
  public var ringBytes: Int
  /// How many producers and consumers may be open at a time. 1 to 4,096.
  public var maxEndpoints: Int
  /// How often an item is delivered, at most, when its consumers die or reject it, before it becomes
  /// a dead letter. 1 to 127.
  public var maxDeliveries: Int
  /// What happens to an item whose consumer dies before it acknowledged it.
  public var delivery: Delivery
  /// How many bytes of dead letters are kept; then the oldest goes. Rounded up to a power of two,
  /// and to four times the largest item. Up to 16 GiB.
  public var deadLetterBytes: Int
  /// How long who finds nothing to take, or no room to put, looks again and again before it sleeps. 0
  /// to 50 milliseconds.
  ///
  /// A wake-up takes some microseconds, across processors 25 and more. Whoever spins finds an item
  /// in a fraction of one, and keeps a processor busy meanwhile: only for queues whose processes have
  /// one each. By default it is some 180 looks and pauses, a few microseconds, or fewer.
  public var spinning: Duration
  /// What the items are, for programs that attach: the type's name without its module, unless given.
  /// At most 256 bytes of UTF-8.
  public var schema: String?
  /// Who may open a queue that has a name, whatever the umask says: `rw-------`, this user only, by
  /// default. A process needs both read and write.
  ///
  /// All processes of a queue trust each other. Letting others in is for users who do.
  public var permissions: FilePermissions
  /// Whether a queue that has a name lives on when nobody uses it, until it is removed.
  ///
  /// Otherwise it goes with its last handle and endpoint, with the items in it, and closes when the
  /// last handle goes.
  public var isPersistent: Bool

  /// What happens to an item whose consumer dies before it acknowledged it.
  public enum Delivery: Hashable, Sendable {
    /// Another consumer gets it, with a higher `attempt`.
    case atLeastOnce
    /// It is dropped: for those who prefer loss to repetition.
    case atMostOnce
  }

  /// Makes a configuration. A value outside its limits is an `invalidConfiguration` when a queue is
  /// made with it.
  public init(
    maxItems: Int? = nil, maxItemBytes: Int = 64 << 10, ringBytes: Int = 1 << 20,
    maxEndpoints: Int = 1024, maxDeliveries: Int = 5, delivery: Delivery = .atLeastOnce,
    deadLetterBytes: Int = 64 << 20, spinning: Duration = .zero, schema: String? = nil,
    permissions: FilePermissions = [.ownerReadWrite], isPersistent: Bool = false
  ) {
    self.maxItems = maxItems
    self.maxItemBytes = maxItemBytes
    self.ringBytes = ringBytes
    self.maxEndpoints = maxEndpoints
    self.maxDeliveries = maxDeliveries
    self.delivery = delivery
    self.deadLetterBytes = deadLetterBytes
    self.spinning = spinning
    self.schema = schema
    self.permissions = permissions
    self.isPersistent = isPersistent
  }

  /// Throws `invalidConfiguration` naming the first value that is outside its limits.
  func geometry() throws(QueueError) -> Geometry {
    try check("maxItems", maxItems ?? 1, 1...Geometry.mostItems)
    try check("maxItemBytes", maxItemBytes, 1...Geometry.mostItemBytes)
    try check("ringBytes", ringBytes, 1...Geometry.mostRingBytes)
    try check("maxEndpoints", maxEndpoints, 1...Geometry.mostEndpoints)
    try check("maxDeliveries", maxDeliveries, 1...127)
    try check("deadLetterBytes", deadLetterBytes, 0...(16 << 30))
    if !(.zero...Duration.nanoseconds(Ring.reapInterval)).contains(spinning) {
      throw QueueError(
        .invalidConfiguration, reason: "spinning is \(spinning)",
        advice: "Choose a duration from 0 to 50 milliseconds")
    }
    if let schema { try check("the schema's length", schema.utf8.count, 1...256) }
    try check("permissions", Int(permissions.rawValue), 0...0o777)
    return Geometry(
      maxItemBytes: maxItemBytes, maxItems: maxItems ?? Geometry.mostItems,
      maxEndpoints: maxEndpoints, ringBytes: ringBytes, deadLetterBytes: deadLetterBytes)
  }

  /// What the header says beside the geometry.
  func description(codec: String, schema: String) -> QueueDescription {
    var description = QueueDescription(
      maxDeliveries: maxDeliveries, isPersistent: isPersistent,
      isAtMostOnce: delivery == .atMostOnce, codec: codec, schema: self.schema ?? schema)
    description.spinNanoseconds = UInt64(clamping: Int64(spinning / .nanoseconds(1)))
    return description
  }

  /// What a queue's header says.
  init(_ ring: Ring, permissions: FilePermissions) {
    let geometry = ring.geometry
    self.init(
      maxItems: geometry.maxItems == Geometry.mostItems ? nil : geometry.maxItems,
      maxItemBytes: geometry.maxItemBytes, ringBytes: geometry.ringBytes,
      maxEndpoints: geometry.maxEndpoints, maxDeliveries: ring.maxDeliveries,
      delivery: ring.description.isAtMostOnce ? .atMostOnce : .atLeastOnce,
      deadLetterBytes: geometry.deadBytes,
      spinning: .nanoseconds(Int64(clamping: ring.description.spinNanoseconds)),
      schema: ring.description.schema,
      permissions: permissions, isPersistent: ring.description.isPersistent)
  }

  private func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(QueueError) {
    if !range.contains(value) {
      throw QueueError(
        .invalidConfiguration, reason: "\(name) is \(value)",
        advice: "Choose a value from \(range.lowerBound) to \(range.upperBound)")
    }
  }
}
