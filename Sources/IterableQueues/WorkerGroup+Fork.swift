extension WorkerGroup {
  /// Forks a worker that runs `body` with `endpoints`; see `Worker.fork`, also for what is thrown.
  @discardableResult
  public func fork<each E: Endpoint>(
    _ endpoints: repeat each E, options: Worker.Options = Worker.Options(),
    body: (repeat each E) throws -> Void
  ) throws -> Worker {
    try add { index in
      try Worker.fork(index: index, repeat each endpoints, options: options, body: body)
    }
  }

  /// Forks `count` workers, each with endpoints that `endpoints` makes for it.
  ///
  /// Throws what `endpoints` or `Worker.fork` throws. Then the workers forked before stay in the
  /// group, and what was made for the one that failed is closed.
  public func fork<each E: Endpoint>(
    count: Int, options: Worker.Options = Worker.Options(),
    endpoints: () throws -> (repeat each E), body: (repeat each E) throws -> Void
  ) throws {
    try forkEach(count, options, endpoints) { _, made in try body(repeat each made) }
  }

  /// Forks `count` workers, each with endpoints of its own and its number, from 0 to `count` - 1.
  ///
  /// The number is the place in this call, not the worker's `index` in the group. Throws as the
  /// form without a number does.
  public func fork<each E: Endpoint>(
    count: Int, options: Worker.Options = Worker.Options(),
    endpoints: () throws -> (repeat each E), body: (Int, repeat each E) throws -> Void
  ) throws {
    try forkEach(count, options, endpoints) { number, made in try body(number, repeat each made) }
  }

  /// Forks `count` workers without endpoints, which get their numbers, from 0 to `count` - 1.
  public func fork(
    count: Int, options: Worker.Options = Worker.Options(), body: (Int) throws -> Void
  ) throws {
    for number in 0..<count { try fork(options: options) { try body(number) } }
  }

  private func forkEach<each E: Endpoint>(
    _ count: Int, _ options: Worker.Options, _ endpoints: () throws -> (repeat each E),
    _ body: (Int, (repeat each E)) throws -> Void
  ) throws {
    for number in 0..<count {
      let made = try endpoints()
      do {
        try fork(repeat each made, options: options) { (mine: repeat each E) in
          try body(number, (repeat each mine))
        }
      } catch {
        repeat (each made).close()
        throw error
      }
    }
  }
}
