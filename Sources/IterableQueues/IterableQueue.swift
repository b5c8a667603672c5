internal import RingBuffer
internal import SharedMemory
internal import Synchronization
public import ItemCoding

/// A queue between processes that knows when its producers are finished.
///
/// Producers put, consumers are iterated, the queue counts both; the iteration ends by itself when
/// the queue is closed, all producers are done or dead, and nothing is left. The items lie in shared
/// memory that is freed with the last process that uses it. It has no name, so that only this
/// program and its children can use it, unless it is given one.
///
/// Thread-safe. A child of `fork` may use its copy to make endpoints; only the process that made the
/// queue holds it open.
public final class IterableQueue<Item>: Sendable {
  let core: QueueCore
  let transport: Transport<Item>
  /// Nil for one that only looks.
  private let handle: EndpointState?

  /// Makes a queue without a name, whose items travel through `codec`.
  ///
  /// Throws `invalidConfiguration`, `noSpace`, or `system`. The C functions are `memfd_create`,
  /// `posix_fallocate` and `mmap`.
  public convenience init(
    configuration: QueueConfiguration = QueueConfiguration(), codec: some ItemCodec<Item>
  ) throws {
    try self.init(configuration, Transport(codec))
  }

  private convenience init(
    _ configuration: QueueConfiguration, _ transport: Transport<Item>
  ) throws(QueueError) {
    let core = try QueueCore(configuration, codec: transport.name, schema: "\(Item.self)")
    switch core.ring.register(.handle, .forever) {
    case .registered(let handle): self.init(OpenQueue(core: core, handle: handle), transport)
    case .refused(let refusal): throw core.refused(refusal)
    case .failed(let failure): throw core.failed(failure, "the queue's handle cannot be made")
    case .queueClosed, .tooMany(_): throw core.tooManyHandles()
    }
  }

  init(_ open: OpenQueue, _ transport: Transport<Item>) {
    core = open.core
    handle = open.handle
    self.transport = transport
  }

  /// Lets no further producer in, unless `close()` did: without a handle, none could be made.
  deinit {
    guard let handle, handle.owner.load(ordering: .relaxed) == ProcessIdentity.current.rawValue
    else { return }
    switch core.ring.release(handle, .briefly) {
    case .success(let change): core.tell(change)
    case .failure: core.ring.abandon(handle)
    }
  }

  /// Makes an endpoint that puts items.
  ///
  /// Throws `queueClosed` after `close()`, `tooManyEndpoints`, or `cancelled`.
  public func makeProducer() throws -> Producer<Item> { try Producer(core, transport) }

  /// Makes an endpoint that takes items. A queue that is closed may still get consumers.
  ///
  /// Throws `tooManyEndpoints`, `noSpace` if its buffer cannot be reserved, or `cancelled`.
  public func makeConsumer() throws -> Consumer<Item> { try Consumer(core, transport) }

  /// Says that no further producers will come. Those that exist go on.
  ///
  /// Consumers end when the last producer is done and nothing is left. Closing twice does nothing.
  public func close() {
    if core.ring.close(.forever) == nil { core.wakeAll() }
  }

  /// Ends everything: every put throws `cancelled`, every iteration ends with that `failure`, and
  /// what is left is dropped.
  public func cancel() {
    _ = core.ring.cancel(.forever)
    core.wakeAll()
  }
}

extension IterableQueue where Item: Codable {
  /// Makes a queue without a name.
  ///
  /// `Item.self` decides how items travel: integers of fixed width, `Float` and `Double` as their
  /// bytes, every other type as CBOR (RFC 8949). Throws `invalidConfiguration`, `noSpace`, or
  /// `system`. The C functions are `memfd_create`, `posix_fallocate` and `mmap`.
  public convenience init(
    configuration: QueueConfiguration = QueueConfiguration()
  ) throws {
    try self.init(configuration, Transport(choosing: Item.self))
  }
}
