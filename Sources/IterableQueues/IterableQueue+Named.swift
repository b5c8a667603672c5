public import ItemCoding

extension IterableQueue {
  /// Makes a queue that other programs find by its name.
  ///
  /// The queue is seen whole or not at all. A queue of that name whose processes are all dead is
  /// replaced, with what is in it. The name goes with the last handle and endpoint, unless the
  /// configuration says `isPersistent`; if all processes are killed, it stays until somebody creates
  /// a queue under it, or removes it.
  ///
  /// Throws `alreadyExists` if the name is taken, `invalidConfiguration`, `noSpace`,
  /// `permissionDenied`, or `system`. The C functions are `open` with O_TMPFILE, `posix_fallocate`,
  /// `fchmod`, `linkat` and `mmap`.
  public convenience init(
    named name: QueueName, configuration: QueueConfiguration = QueueConfiguration(),
    codec: some ItemCodec<Item>
  ) throws {
    try self.init(creating: name, configuration, Transport(codec))
  }

  /// Finds a queue by its name.
  ///
  /// With a `timeout`, waits that long for a queue of that name. `schema` is needed if the queue was
  /// made with one. `ownedBy` says whose queue it may be.
  ///
  /// Throws `notFound`; `abandoned` if all processes that used the queue are dead; and if what has
  /// the name is not the queue that is expected: `permissionDenied`, `foreignFile`,
  /// `incompatibleLayout`, `corrupted`, `foreignNamespace`, `schemaMismatch`. The error says what was
  /// expected and what was found. The C functions are `open`, `pread` and `mmap`.
  public convenience init(
    attachingTo name: QueueName, codec: some ItemCodec<Item>, schema: String? = nil,
    ownedBy owner: QueueOwner = .me, timeout: Duration? = nil
  ) throws {
    try self.init(attaching: name, Transport(codec), schema, owner, timeout)
  }

  private convenience init(
    creating name: QueueName, _ configuration: QueueConfiguration, _ transport: Transport<Item>
  ) throws(QueueError) {
    self.init(
      try .creating(name, configuration, codec: transport.name, schema: "\(Item.self)"), transport)
  }

  private convenience init(
    attaching name: QueueName, _ transport: Transport<Item>, _ schema: String?,
    _ owner: QueueOwner, _ timeout: Duration?
  ) throws(QueueError) {
    self.init(
      try .attaching(
        name, codec: transport.name, schema: schema ?? "\(Item.self)", ownedBy: owner,
        timeout: timeout),
      transport)
  }

  /// What other programs find the queue by; nil for a queue without a name.
  public var name: QueueName? { core.name.flatMap { try? QueueName($0) } }
}

extension IterableQueue where Item: Codable {
  /// Makes a queue that other programs find by its name, whose items travel as `Item.self` decides;
  /// see `init(named:configuration:codec:)`.
  public convenience init(
    named name: QueueName, configuration: QueueConfiguration = QueueConfiguration()
  ) throws {
    try self.init(creating: name, configuration, Transport(choosing: Item.self))
  }

  /// Finds a queue by its name, whose items travel as `Item.self` decides; see
  /// `init(attachingTo:codec:schema:ownedBy:timeout:)`.
  public convenience init(
    attachingTo name: QueueName, schema: String? = nil, ownedBy owner: QueueOwner = .me,
    timeout: Duration? = nil
  ) throws {
    try self.init(attaching: name, Transport(choosing: Item.self), schema, owner, timeout)
  }
}

extension QueueName {
  /// Takes the name away from its queue. Processes that use the queue go on; others do not find it.
  ///
  /// Also removes what the dead have left, and an unfinished queue whose creator is dead. `ownedBy`
  /// says whose queue it may be: the superuser can remove anybody's. Throws
  /// `notFound`, `permissionDenied`, `foreignFile` if it is not a queue, `busy` if a queue is being
  /// created at this moment, or `system`. The C function is `unlink`.
  public func remove(ownedBy owner: QueueOwner = .me) throws { try removeTyped(owner) }
}
