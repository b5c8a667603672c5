internal import SharedMemory

#if canImport(Glibc)
  internal import Glibc
#endif

extension Worker {
  /// Runs `body` as the work of a program that `Worker.spawn` started, and ends the program.
  ///
  /// ```swift
  /// Worker.run {
  ///   let jobs = try Consumer<Page>(inherited: "jobs")
  ///   let results = try Producer<Score>(inherited: "results")
  ///   for page in jobs { try results.put(rank(page)) }
  /// }
  /// ```
  ///
  /// When `body` returns, the inherited endpoints are closed, and the program leaves with status 0.
  /// When it throws, they are abandoned, so that the item in its hands is delivered to another
  /// consumer, the program leaves with status 1, and the parent's `wait()` throws a `WorkerError` with
  /// the error's description. In a program that was started otherwise, that goes to standard error.
  /// The C function is `exit`.
  public static func run(_ body: () throws -> Void) -> Never {
    InheritedEndpoints.prepare()
    do { try body() } catch { leave(saying: error) }
    exit(EXIT_SUCCESS)
  }

  /// The same for work that is asynchronous.
  public static func run(_ body: () async throws -> Void) async -> Never {
    InheritedEndpoints.prepare()
    do { try await body() } catch { leave(saying: error) }
    exit(EXIT_SUCCESS)
  }

  private static func leave(saying error: any Error) -> Never {
    let text = String(describing: error)
    if let lastWords = InheritedEndpoints.lastWords {
      lastWords.say(text)
    } else {
      let name = CommandLine.arguments.first ?? "worker"
      let line = Array("\(name): \(text)\n".utf8)
      _ = unsafe line.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
    exit(EXIT_FAILURE)
  }
}
