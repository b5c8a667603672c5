internal import ArgumentParser

/// How `iq` ends: the statuses of sysexits.h where there is one, and those of xargs for jobs.
enum ExitStatus: Int32 {
  case findings = 1
  case usage = 64
  case badData = 65
  case noSuchQueue = 66
  case unavailable = 69
  case corrupted = 70
  case system = 71
  case cannotCreate = 73
  case inputOutput = 74
  case timedOut = 75
  case incompatible = 76
  case notPermitted = 77
  case jobsFailed = 123
  case commandNotExecutable = 126
  case commandNotFound = 127
  case brokenPipe = 141

  /// For `--help`.
  static let table = """
    EXIT STATUS
      0    done
      1    `iq doctor` found something
      64   wrong use of the command line
      65   input or items that are not what the queue holds
      66   no such queue, or one that its processes abandoned
      69   no more items are taken, or nobody is there to take them
      70   the shared memory is damaged
      71   the system refused something
      73   the queue cannot be made
      74   reading or writing failed
      75   the time was over
      76   a file or a queue that this version cannot read
      77   not permitted
      123  a job of `iq map` failed
      126  the command of `iq map` cannot be run
      127  the command of `iq map` was not found
      128+ ended by that signal; 141 when nobody reads the output
    """
}

/// Why a command gives up, in words for its user.
package struct CommandFailure: Error, CustomStringConvertible {
  var status: ExitStatus
  package var description: String

  init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }
}

/// Nobody reads the output any more.
struct BrokenPipe: Error {}

/// A signal asked the command to end.
struct Interrupted: Error {}
