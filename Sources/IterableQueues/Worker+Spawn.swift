internal import RingBuffer
internal import SharedMemory
public import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#endif

extension Worker {
  /// A program that can be started.
  public struct Executable: Hashable, Sendable, ExpressibleByStringLiteral {
    let path: String
    /// What the program finds as its own name.
    let name: String

    /// The file. A relative path is looked up from the new working directory.
    public static func path(_ path: FilePath) -> Executable {
      let text = path.string
      return Executable(path: text.contains("/") ? text : "./\(text)", name: text)
    }

    /// The first file of that name in the directories of PATH.
    public static func named(_ name: String) -> Executable { Executable(path: name, name: name) }

    /// The program that is running, also if its file was replaced or removed since it started.
    public static var thisProgram: Executable {
      Executable(path: "/proc/self/exe", name: CommandLine.arguments.first ?? "/proc/self/exe")
    }

    /// The file of that name in the folder of the program that is running, where a package's
    /// executables are all built and installed. The C function is `readlink`.
    public static func besideThisProgram(_ name: String) -> Executable {
      let own = ChildProcess.ownPath
      let folder = own[..<(own.lastIndex(of: "/") ?? own.startIndex)]
      return Executable(path: "\(folder)/\(name)", name: name)
    }

    private init(path: String, name: String) {
      self.path = path
      self.name = name
    }

    /// A path if there is a "/" in it, otherwise a name to be found in PATH.
    public init(stringLiteral text: String) { self.init(path: text, name: text) }
  }

  /// What a standard stream of a spawned program is.
  public enum Stream: Hashable, Sendable {
    /// This process's.
    case inherited
    /// /dev/null.
    case null
    /// An open file, which stays the caller's to close.
    case descriptor(FileDescriptor)
  }

  /// Starts a program that takes up `endpoints` by their names, and whose they are from then on.
  ///
  /// ```swift
  /// let worker = try Worker.spawn(
  ///   "/usr/bin/thumbs", endpoints: ["jobs": pages.makeConsumer(), "results": scores.makeProducer()])
  /// ```
  ///
  /// The program says `try Consumer<Page>(inherited: "jobs")`. It is best run by `Worker.run`, so that
  /// `wait()` throws what it threw. If it never takes an endpoint up, that is open until the program
  /// ends, and counts then as lost.
  ///
  /// The program has no signal blocked or ignored, inherits every open file that is not
  /// close-on-exec, and `environment`, or this process's where that is nil. Queues without a name are
  /// passed on as descriptors. It may be started from a process with threads.
  ///
  /// Throws a `QueueError`: `busy`, `handedOver` or `endpointClosed` as `Worker.fork` does,
  /// `invalidConfiguration` for a text with a NUL in it, `system` if the program cannot be started.
  /// Then the endpoints are still the caller's. The C function is `posix_spawnp`.
  public static func spawn(
    _ executable: Executable, arguments: [String] = [], environment: [String: String]? = nil,
    workingDirectory: FilePath? = nil, standardInput: Stream = .inherited,
    standardOutput: Stream = .inherited, standardError: Stream = .inherited,
    endpoints: [String: any Endpoint] = [:], options: Options = Options()
  ) throws -> Worker {
    try Spawn(
      executable: executable, arguments: arguments, environment: environment,
      workingDirectory: workingDirectory,
      streams: [standardInput, standardOutput, standardError], options: options
    ).start(endpoints, index: nil)
  }
}

/// A program to be started, as often as it is wanted.
struct Spawn {
  var executable: Worker.Executable
  var arguments: [String]
  var environment: [String: String]?
  var workingDirectory: FilePath?
  var streams: [Worker.Stream]
  var options: Worker.Options

  func start(_ endpoints: [String: any Endpoint], index: Int?) throws(QueueError) -> Worker {
    try QueueCore.checkIdentity()
    InheritedEndpoints.prepare()
    let cores = endpoints.mapValues(\.endpointCore)
    for core in cores.values { try core.prepareForHandOver() }
    let process: ChildProcess
    do throws(SystemFailure) {
      let (lastWords, number) = try LastWords.shared()
      let page = OwnedDescriptor(owning: number)
      var start = ProgramStart(
        path: executable.path, arguments: [executable.name] + arguments, environment: [],
        workingDirectory: workingDirectory?.string)
      start.streams = streams.map {
        switch $0 {
        case .inherited: .inherited
        case .null: .null
        case .descriptor(let descriptor): .descriptor(descriptor.rawValue)
        }
      }
      let (inheritance, kept) = try passOn(cores, lastWords: page)
      start.kept = kept.map(\.number)
      start.environment = variables(with: inheritance)
      try refuseNUL(in: start)
      process = try ChildProcess.spawn(start, lastWords: lastWords) { child in
        WorkerError.label(name: options.name, index: index, processIdentifier: child)
      }
      withExtendedLifetime(kept) {}
    } catch {
      throw refused(error)
    }
    let worker = Worker(process: process, name: options.name, index: index)
    try Worker.handOver(Array(cores.values), to: worker)
    return worker
  }

  /// What the program is told, and the descriptors that it needs for that.
  private func passOn(
    _ cores: [String: EndpointCore], lastWords: OwnedDescriptor
  ) throws(SystemFailure) -> (Inheritance, [OwnedDescriptor]) {
    // 0 to 2 may be needed for the streams.
    var kept = [lastWords.number > 2 ? lastWords : try OwnedDescriptor(copying: lastWords.number)]
    var inheritance = Inheritance(
      parent: .current, diesWithParent: options.diesWithParent,
      lastWords: try Self.file(of: kept[0]))
    var copies: [ObjectIdentifier: OwnedDescriptor] = [:]
    for (name, core) in cores {
      let segment = core.ring.segment
      let file: Inheritance.File
      if let queue = core.queue.name.flatMap({ try? QueueName($0) }), segment.hasName {
        let status = try FileStatus(of: segment.descriptor)
        file = Inheritance.File(
          place: .named(queue), device: status.device, inode: status.inode)
      } else {
        if copies[ObjectIdentifier(segment)] == nil {
          copies[ObjectIdentifier(segment)] = try OwnedDescriptor(copying: segment.descriptor)
        }
        guard let copy = copies[ObjectIdentifier(segment)] else { continue }
        file = try Self.file(of: copy)
      }
      inheritance.tokens[name] = Inheritance.Token(slot: core.state.token, file: file)
    }
    kept += copies.values
    return (inheritance, kept)
  }

  private static func file(
    of descriptor: OwnedDescriptor
  ) throws(SystemFailure) -> Inheritance.File {
    let status = try FileStatus(of: descriptor.number)
    return Inheritance.File(
      place: .descriptor(descriptor.number), device: status.device, inode: status.inode)
  }

  /// The program's environment, which is told of these endpoints, and not of those that this process
  /// has inherited itself.
  private func variables(with inheritance: Inheritance) -> [String] {
    let all: [String]
    if let environment {
      all = environment.map { "\($0.key)=\($0.value)" }
    } else {
      all = ChildProcess.environment
    }
    return all.filter { !$0.hasPrefix("\(Inheritance.variable)=") }
      + ["\(Inheritance.variable)=\(inheritance.text)"]
  }

  private func refuseNUL(in start: ProgramStart) throws(SystemFailure) {
    let texts =
      [start.path] + start.arguments + start.environment + [start.workingDirectory ?? ""]
    if texts.contains(where: { $0.utf8.contains(0) }) {
      throw SystemFailure(errno: EILSEQ, call: "posix_spawn")
    }
  }

  private func refused(_ failure: SystemFailure) -> QueueError {
    if failure.errno == EILSEQ {
      return QueueError(
        .invalidConfiguration,
        reason: "the path, an argument, or a variable of the program to be started has a NUL in it",
        advice: "Pass such data through a queue")
    }
    let place = workingDirectory.map { " in \($0)" } ?? ""
    return QueueError(
      .system,
      reason: "\(executable.name) cannot be started\(place): \(failure.call) failed",
      advice: failure.errno == EAGAIN || failure.errno == ENOMEM
        ? "Wait for workers that have ended, or raise RLIMIT_NPROC (`ulimit -u`) or the "
          + "container's limits of processes and memory"
        : "Look whether the program and the working directory exist, and may be used",
      cause: Errno(rawValue: failure.errno))
  }
}
