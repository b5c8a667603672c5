import CIterableQueue
import Glibc
import Synchronization

/// 64-bit cells that all processes of the storm share: what they say of the queues without asking
/// the queues. A process that is killed leaves what it has stored.
@safe
struct SharedCells: @unchecked Sendable {
  private let first: UnsafeMutablePointer<Atomic<UInt64>>
  let count: Int
  /// Of the file, which spawned workers inherit.
  let descriptor: CInt

  /// Made before the first worker. The kernel gives memory to what is used of it.
  init(count: Int) {
    let file = unsafe ciq_segment_anonymous("killstorm", UInt64(count * 8))
    if file < 0 || fcntl(file, F_SETFD, 0) < 0 {
      complain("memfd: errno \(file < 0 ? -file : errno)")
      exit(2)
    }
    self.init(count: count, of: file)
  }

  /// Those that the parent made.
  init(count: Int, of descriptor: CInt) {
    self.descriptor = descriptor
    let address = unsafe mmap(
      nil, count * 8, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      complain("mmap: errno \(errno)")
      exit(2)
    }
    unsafe first = address.bindMemory(to: Atomic<UInt64>.self, capacity: count)
    self.count = count
  }

  /// Makes every cell 0 and gives the memory back.
  func clear() {
    if unsafe madvise(first, count * 8, MADV_REMOVE) != 0 {
      for index in 0..<count { self[index] = 0 }
    }
  }

  subscript(index: Int) -> UInt64 {
    get { unsafe first[checked(index)].load(ordering: .sequentiallyConsistent) }
    nonmutating set {
      unsafe first[checked(index)].store(newValue, ordering: .sequentiallyConsistent)
    }
  }

  /// Returns the value before.
  @discardableResult
  func add(_ value: UInt64, to index: Int) -> UInt64 {
    unsafe first[checked(index)].wrappingAdd(value, ordering: .sequentiallyConsistent).oldValue
  }

  func exchange(_ index: Int, _ value: UInt64) -> UInt64 {
    unsafe first[checked(index)].exchange(value, ordering: .sequentiallyConsistent)
  }

  func compareExchange(_ index: Int, _ expected: UInt64, _ desired: UInt64) -> Bool {
    unsafe first[checked(index)].compareExchange(
      expected: expected, desired: desired, ordering: .sequentiallyConsistent
    ).exchanged
  }

  func raise(_ index: Int, to value: UInt64) {
    unsafe first[checked(index)].max(value, ordering: .sequentiallyConsistent)
  }

  private func checked(_ index: Int) -> Int {
    precondition(index >= 0 && index < count, "cell \(index) of \(count)")
    return index
  }
}
