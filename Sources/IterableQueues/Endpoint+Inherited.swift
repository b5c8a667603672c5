public import ItemCoding
internal import RingBuffer

// In a program that was started by `Worker.spawn`.

extension Consumer {
  /// Takes up the consumer that the program was started with under that name.
  ///
  /// It belongs to this process then, until it is closed or the process ends: with exit status 0 it
  /// is closed, and otherwise it is abandoned, so that the item in hand goes to another consumer.
  /// `schema` is needed if the queue was made with one.
  ///
  /// Throws `notFound` if the program inherits no such endpoint, `schemaMismatch` if it is of another
  /// kind or item type, `endpointClosed` or `handedOver` if it is not this process's any more,
  /// `invalidToken` if what the program was told is out of date, or forged. The C functions are
  /// `getenv`, `pread` and `mmap`.
  public convenience init(
    inherited name: String, codec: some ItemCodec<Item>, schema: String? = nil
  ) throws {
    try self.init(inheriting: name, Transport(codec), schema)
  }
}

extension Consumer where Item: Codable {
  /// Takes up the consumer that the program was started with under that name, whose items travel as
  /// `Item.self` decides; see `init(inherited:codec:schema:)`.
  public convenience init(inherited name: String, schema: String? = nil) throws {
    try self.init(inheriting: name, Transport(choosing: Item.self), schema)
  }
}

extension Producer {
  /// Takes up the producer that the program was started with under that name.
  ///
  /// It belongs to this process then, until it is closed or the process ends. Throws as
  /// `Consumer.init(inherited:codec:schema:)` does.
  public convenience init(
    inherited name: String, codec: some ItemCodec<Item>, schema: String? = nil
  ) throws {
    try self.init(inheriting: name, Transport(codec), schema)
  }
}

extension Producer where Item: Codable {
  /// Takes up the producer that the program was started with under that name, whose items travel as
  /// `Item.self` decides; see `init(inherited:codec:schema:)`.
  public convenience init(inherited name: String, schema: String? = nil) throws {
    try self.init(inheriting: name, Transport(choosing: Item.self), schema)
  }
}

/// An endpoint that was opened before its instance is made.
protocol ClaimedEndpoint {
  associatedtype Item
  static var kind: SlotKind { get }
  init(_: QueueCore, _: Transport<Item>, claimed: EndpointState?) throws(QueueError)
}

extension Consumer: ClaimedEndpoint {
  static var kind: SlotKind { .consumer }
}

extension Producer: ClaimedEndpoint {
  static var kind: SlotKind { .producer }
}

extension ClaimedEndpoint {
  fileprivate init(
    inheriting name: String, _ transport: Transport<Item>, _ schema: String?
  ) throws(QueueError) {
    let (queue, state) = try InheritedEndpoints.claim(
      name, Self.kind, codec: transport.name, schema: schema ?? "\(Item.self)")
    try self.init(queue, transport, claimed: state)
  }
}
