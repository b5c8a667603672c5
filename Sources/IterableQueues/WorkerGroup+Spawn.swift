public import SystemPackage

extension WorkerGroup {
  /// Starts a program as the next member of the group; see `Worker.spawn`, also for what is thrown.
  @discardableResult
  public func spawn(
    _ executable: Worker.Executable, arguments: [String] = [],
    environment: [String: String]? = nil, workingDirectory: FilePath? = nil,
    standardInput: Worker.Stream = .inherited, standardOutput: Worker.Stream = .inherited,
    standardError: Worker.Stream = .inherited, endpoints: [String: any Endpoint] = [:],
    options: Worker.Options = Worker.Options()
  ) throws -> Worker {
    let spawn = Spawn(
      executable: executable, arguments: arguments, environment: environment,
      workingDirectory: workingDirectory,
      streams: [standardInput, standardOutput, standardError], options: options)
    return try add { index in try spawn.start(endpoints, index: index) }
  }

  /// Starts a program `count` times, each time with endpoints that `endpoints` makes for it; it is
  /// given the number, from 0 to `count` - 1.
  ///
  /// Throws what `endpoints` or `Worker.spawn` throws. Then the workers started before stay in the
  /// group, and what was made for the one that failed is closed.
  public func spawn(
    count: Int, _ executable: Worker.Executable, arguments: [String] = [],
    environment: [String: String]? = nil, workingDirectory: FilePath? = nil,
    standardInput: Worker.Stream = .inherited, standardOutput: Worker.Stream = .inherited,
    standardError: Worker.Stream = .inherited, options: Worker.Options = Worker.Options(),
    endpoints: (Int) throws -> [String: any Endpoint]
  ) throws {
    let spawn = Spawn(
      executable: executable, arguments: arguments, environment: environment,
      workingDirectory: workingDirectory,
      streams: [standardInput, standardOutput, standardError], options: options)
    for number in 0..<count {
      let made = try endpoints(number)
      do {
        _ = try add { index in try spawn.start(made, index: index) }
      } catch {
        for endpoint in made.values { endpoint.close() }
        throw error
      }
    }
  }
}
