package import CIterableQueue

#if canImport(Glibc)
  internal import Glibc
#endif

/// What is needed to start another program.
package struct ProgramStart: Sendable {
  /// Looked up in PATH if there is no "/" in it.
  package var path: String
  /// Its own name first.
  package var arguments: [String]
  /// "NAME=VALUE".
  package var environment: [String]
  package var workingDirectory: String?
  /// Descriptors, from 3 on, that the program has under the same numbers.
  package var kept: [CInt] = []
  package var streams: [Stream] = [.inherited, .inherited, .inherited]

  package enum Stream: Hashable, Sendable {
    case inherited
    case null
    case descriptor(CInt)

    fileprivate var number: CInt {
      switch self {
      case .inherited: CInt(ciq_stream_inherited)
      case .null: CInt(ciq_stream_null)
      case .descriptor(let number): number
      }
    }
  }

  package init(
    path: String, arguments: [String], environment: [String], workingDirectory: String?
  ) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
  }
}

extension ChildProcess {
  /// Starts a program. Any thread may do so. `label` names the child whose number it is given. The
  /// C function is `posix_spawnp`.
  package static func spawn(
    _ start: ProgramStart, lastWords: LastWords, label: (pid_t) -> String
  ) throws(SystemFailure) -> ChildProcess {
    var child: pid_t = 0
    let streams = start.streams.map(\.number)
    let arguments = CStrings(start.arguments)
    let environment = CStrings(start.environment)
    let error = unsafe ciq_spawn(
      &child, start.path, arguments.pointers, environment.pointers, start.workingDirectory,
      start.kept, CInt(start.kept.count), streams)
    try SystemFailure.check(error, "posix_spawn")
    return ChildProcess(processIdentifier: child, label: label(child), lastWords: lastWords)
  }
}

extension ChildProcess {
  /// Lets the kernel kill this process when the thread that started it ends; kills it now if that is
  /// over. The C function is `prctl(PR_SET_PDEATHSIG)`.
  package static func dieWithParent(_ parent: pid_t) {
    if ciq_die_with_parent(SIGKILL, parent) == ESRCH { kill(getpid(), SIGKILL) }
  }
}

extension ChildProcess {
  /// The file of the program that is running; empty where /proc is not there. The C function is
  /// `readlink`.
  package static var ownPath: String {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
      count = max(0, unsafe readlink("/proc/self/exe", buffer.baseAddress!, buffer.count))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// This process's environment, as "NAME=VALUE". The C variable is `environ`.
  package static var environment: [String] {
    var all: [String] = []
    var next = unsafe environ
    while let variable = unsafe next.pointee {
      unsafe all.append(String(cString: variable))
      unsafe next += 1
    }
    return all
  }
}

/// Copies of texts, as C wants them: a list that ends with NULL.
@safe private struct CStrings: ~Copyable {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  let count: Int

  init(_ texts: [String]) {
    count = texts.count
    unsafe pointers = .allocate(capacity: texts.count + 1)
    for (index, text) in texts.enumerated() { unsafe pointers[index] = strdup(text) }
    unsafe pointers[count] = nil
  }

  deinit {
    for index in 0..<count { unsafe free(pointers[index]) }
    unsafe pointers.deallocate()
  }
}

/// A descriptor that this process owns until the instance goes.
package final class OwnedDescriptor: Sendable {
  package let number: CInt

  package init(owning number: CInt) { self.number = number }

  /// Another descriptor for the same file, from 3 on, that no program inherits unless it is `kept`.
  /// Throws EBADF, EMFILE. The C function is `fcntl`.
  package init(copying number: CInt) throws(SystemFailure) {
    let copy = ciq_descriptor_copy(number)
    if copy < 0 { throw SystemFailure(errno: -copy, call: "fcntl") }
    self.number = copy
  }

  /// Gives the descriptor away.
  package static func copy(_ number: CInt) throws(SystemFailure) -> CInt {
    let copy = ciq_descriptor_copy(number)
    if copy < 0 { throw SystemFailure(errno: -copy, call: "fcntl") }
    return copy
  }

  /// Lets programs that this process starts not inherit a descriptor that it has inherited itself.
  package static func inheritNoFurther(_ number: CInt) { ciq_descriptor_keep(number) }

  deinit { close(number) }
}
