import Glibc

/// The regular files under some paths, found as they are asked for.
///
/// Symbolic links are not followed, except those that are named, so that no loop can arise. Below
/// the named paths, whatever begins with a dot is passed over.
struct FileTree {
  /// Called with each file's path and size in bytes.
  var file: (_ path: [UInt8], _ bytes: Int) throws -> Void
  var problem: (Problem) throws -> Void

  func walk(_ paths: [String]) throws {
    for path in paths { try walk(from: Array(path.utf8)) }
  }

  private func walk(from named: [UInt8]) throws {
    // Deep trees must not need a deep stack, nor many open folders.
    var folders: [[UInt8]] = []
    try visit(named, followsLink: true, &folders)
    while let folder = folders.popLast() {
      guard let names = Self.names(in: folder) else {
        try problem(Problem(path: folder, errno: errno))
        continue
      }
      for name in names where name.first != UInt8(ascii: ".") {
        let separator = folder.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]
        try visit(folder + separator + name, followsLink: false, &folders)
      }
    }
  }

  private func visit(_ path: [UInt8], followsLink: Bool, _ folders: inout [[UInt8]]) throws {
    var status = stat()
    let flags = followsLink ? 0 : AT_SYMLINK_NOFOLLOW
    guard unsafe fstatat(AT_FDCWD, Self.cString(path), &status, flags) == 0 else {
      return try problem(Problem(path: path, errno: errno))
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: folders.append(path)
    case S_IFREG: try file(path, status.st_size)
    default: break  // Devices and pipes would not end.
    }
  }

  /// The names in a folder, sorted; nil, and `errno`, if it cannot be read.
  private static func names(in folder: [UInt8]) -> [[UInt8]]? {
    guard let stream = unsafe opendir(cString(folder)) else { return nil }
    defer { unsafe closedir(stream) }
    var names: [[UInt8]] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
        unsafe Array($0.prefix { $0 != 0 })
      }
      names.append(name)
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  private static func cString(_ path: [UInt8]) -> [CChar] {
    path.map { CChar(bitPattern: $0) } + [0]
  }
}
