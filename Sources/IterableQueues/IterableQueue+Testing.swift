extension IterableQueue where Item: Codable {
  /// Makes a queue in the way for file systems that have no files without a name.
  package convenience init(
    testingVisibleEarly name: QueueName, configuration: QueueConfiguration = QueueConfiguration()
  ) throws {
    let transport = Transport<Item>(choosing: Item.self)
    self.init(
      try .creating(
        name, configuration, codec: transport.name, schema: "\(Item.self)", isVisibleEarly: true),
      transport)
  }
}
