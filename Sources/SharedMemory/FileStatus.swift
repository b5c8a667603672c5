#if canImport(Glibc)
  internal import Glibc
#endif

/// What the file system says of a file. The C functions are `fstat` and `lstat`.
package struct FileStatus: Hashable, Sendable {
  /// What a file is, in words.
  package enum Kind: String, Sendable {
    case regular = "a regular file"
    case folder = "a directory"
    case link = "a symbolic link"
    case fifo = "a FIFO"
    case socket = "a socket"
    case device = "a device"
  }

  package let device: UInt64
  package let inode: UInt64
  package let kind: Kind
  package let bytes: Int
  /// What the file really takes of the memory.
  package let allocatedBytes: Int
  package let user: UInt32
  package let group: UInt32
  /// The lower 12 bits of its mode.
  package let permissions: UInt32

  private init(_ info: stat) {
    device = UInt64(info.st_dev)
    inode = UInt64(info.st_ino)
    kind =
      switch info.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .folder
      case S_IFLNK: .link
      case S_IFIFO: .fifo
      case S_IFSOCK: .socket
      default: .device
      }
    bytes = Int(info.st_size)
    allocatedBytes = Int(info.st_blocks) * 512
    user = info.st_uid
    group = info.st_gid
    permissions = info.st_mode & 0o7777
  }

  /// Of an open file.
  package init(of descriptor: CInt) throws(SystemFailure) {
    var info = stat()
    if unsafe fstat(descriptor, &info) < 0 {
      throw SystemFailure(errno: errno, call: "fstat")
    }
    self.init(info)
  }

  /// Of what has the name, also if that is a symbolic link.
  package init(at path: String) throws(SystemFailure) {
    var info = stat()
    if unsafe lstat(path, &info) < 0 { throw SystemFailure(errno: errno, call: "lstat") }
    self.init(info)
  }

  /// Whether both are the same file.
  package func isSameFile(as other: FileStatus) -> Bool {
    device == other.device && inode == other.inode
  }
}
