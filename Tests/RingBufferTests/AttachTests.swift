import CIterableQueue
import RingBuffer
import SharedMemory
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What another process does that was given a queue's file.
@Suite struct AttachTests {
  private func attach(
    _ queue: TestQueue, codec: String = "raw", schema: String = "test"
  ) throws -> Ring {
    try Ring.attach(owning: dup(queue.ring.segment.descriptor), codec: codec, schema: schema)
  }

  private func failure(
    _ queue: TestQueue, codec: String = "raw", schema: String = "test"
  ) -> AttachFailure? {
    failure(dup(queue.ring.segment.descriptor), codec: codec, schema: schema)
  }

  private func failure(
    _ descriptor: CInt, codec: String = "raw", schema: String = "test"
  ) -> AttachFailure? {
    do throws(AttachFailure) {
      _ = try Ring.attach(owning: descriptor, codec: codec, schema: schema)
      return nil
    } catch {
      return error
    }
  }

  /// Why a queue with a changed header is refused.
  private func failure(_ change: (inout ciq_header) -> Void) throws -> AttachFailure? {
    let queue = try TestQueue()
    unsafe change(&queue.ring.segment.base.assumingMemoryBound(to: ciq_header.self).pointee)
    return failure(queue)
  }

  @Test func `two rings on one file exchange items`() throws {
    let queue = try TestQueue()
    let other = try attach(queue)
    #expect(other.geometry == queue.ring.geometry)
    #expect(other.maxDeliveries == 3)
    let producer = try queue.producer()
    guard case .registered(let consumer) = other.register(.consumer, .forever) else {
      throw Unexpected("no consumer was registered")
    }
    try queue.put("there", as: producer)
    guard
      case .taken(let delivery) = other.take(
        upTo: 1, as: consumer, preferring: 0, hasReaped: false, .forever)
    else { throw Unexpected("nothing was taken") }
    var bytes: [UInt8] = []
    let isWhole = unsafe other.forEachItem(of: delivery) {
      unsafe bytes += Array($0)
      return true
    }
    #expect(isWhole && String(decoding: bytes, as: UTF8.self) == "there")
    #expect(queue.ring.statistics.inFlight == 1)
    #expect(other.acknowledge(delivery, delivering: false) == .finished)
    #expect(queue.ring.acknowledged(.forever) == .all)
  }

  @Test func `what the queue does with dead consumers' items comes along`() throws {
    let queue = try TestQueue(maxDeliveries: 127, isPersistent: false, isAtMostOnce: true)
    #expect(try attach(queue).maxDeliveries == 127)
  }

  @Test func `a header that is changed later changes nothing`() throws {
    let queue = try TestQueue()
    let other = try attach(queue)
    unsafe queue.ring.segment.base.initializeMemory(as: UInt8.self, repeating: 0xFF, count: 4096)
    let producer = try queue.producer()
    try queue.put("a", as: producer)
    #expect(other.count == 1)
  }

  @Test func `a descriptor that is none`() {
    #expect(failure(-1) == .system(SystemFailure(errno: EBADF, call: "fstat")))
  }

  @Test func `a file that is only written to`() throws {
    let queue = try TestQueue()
    let path = "/proc/self/fd/\(queue.ring.segment.descriptor)"
    let readable = unsafe open(path, O_RDONLY)
    #expect(failure(readable) == .system(SystemFailure(errno: EACCES, call: "mmap")))
    let writable = unsafe open(path, O_WRONLY)
    #expect(failure(writable) == .system(SystemFailure(errno: EBADF, call: "pread")))
  }

  @Test func `a failure closes the descriptor`() throws {
    let queue = try TestQueue()
    let descriptor = dup(queue.ring.segment.descriptor)
    // The number may be another file's by the time it is looked at, but not this one's.
    let inode = inode(descriptor)
    #expect(failure(descriptor, schema: "other") != nil)
    #expect(self.inode(descriptor) != inode)
  }

  private func inode(_ descriptor: CInt) -> ino_t? {
    var info = stat()
    return unsafe fstat(descriptor, &info) == 0 ? info.st_ino : nil
  }

  private func file(_ bytes: [UInt8]) -> CInt {
    let descriptor = unsafe ciq_segment_anonymous("attach", 0)
    unsafe bytes.withUnsafeBytes { _ = unsafe write(descriptor, $0.baseAddress, $0.count) }
    return descriptor
  }

  @Test func `a file that a creator has only begun`() throws {
    #expect(failure(file([])) == .notReady)
    #expect(failure(file(Array(repeating: 0, count: 4096))) == .notReady)
    #expect(try failure { $0.ready = 0 } == .notReady)
    #expect(try failure { $0.ready = 2 } == .notReady)
  }

  @Test func `another file`() throws {
    #expect(failure(file(Array("#!".utf8))) == .foreign)
    #expect(failure(file(Array(repeating: 0x20, count: 4096))) == .foreign)
    #expect(try failure { $0.magic ^= 1 } == .foreign)
  }

  @Test func `another version, whatever else it has`() throws {
    let failure = try failure {
      $0.layout_version = 7
      $0.file_bytes = 3
    }
    #expect(failure == .version(7))
  }

  @Test func `a header that contradicts itself or a limit`() throws {
    #expect(try failure { $0.ring_offset += 4096 } == .geometry)
    #expect(try failure { $0.ring_bytes = 0 } == .geometry)
    #expect(try failure { $0.max_item_bytes = .max } == .geometry)
    #expect(try failure { $0.max_endpoints = 5000 } == .geometry)
    #expect(try failure { $0.max_handles = 0 } == .geometry)
    #expect(try failure { $0.file_bytes += 1 } == .geometry)
    #expect(try failure { $0.max_deliveries = 0 } == .geometry)
    #expect(try failure { $0.max_deliveries = 128 } == .geometry)
    #expect(try failure { $0.flags = 1 << 9 } == .geometry)
  }

  @Test func `a file of another length`() throws {
    let queue = try TestQueue()
    let stated = queue.ring.segment.fileBytes
    #expect(ftruncate(queue.ring.segment.descriptor, off_t(stated + 1)) == 0)
    #expect(failure(queue) == .fileLength(stated: stated, found: stated + 1))
    let header = unsafe UnsafeRawBufferPointer(start: queue.ring.segment.base, count: 4096)
    let bytes = unsafe Array(header)
    #expect(failure(file(bytes)) == .fileLength(stated: stated, found: 4096))
    #expect(failure(file(Array(bytes.prefix(100)))) == .fileLength(stated: 488, found: 100))
    #expect(failure(file(Array(bytes.prefix(9)))) == .fileLength(stated: 488, found: 9))
  }

  @Test func `a queue of another container`() throws {
    #expect(try failure { $0.pid_namespace += 1 } == .pidNamespace)
    #expect(try failure { $0.time_namespace += 1 } == .timeNamespace)
  }

  @Test func `another codec or schema`() throws {
    let queue = try TestQueue()
    #expect(failure(queue, codec: "json") == .codec(expected: "json", found: "raw"))
    #expect(failure(queue, schema: "tests") == .schema(expected: "tests", found: "test"))
    let codec = try failure { unsafe withUnsafeMutableBytes(of: &$0.codec) { unsafe $0[3] = 0xFF } }
    #expect(codec == .codec(expected: "raw", found: "raw\u{FFFD}"))
  }

  @Test func `names too long for the header are compared as far as they fit`() throws {
    let (codec, schema) = (String(repeating: "c", count: 65), String(repeating: "s", count: 300))
    let ring = try Ring.anonymous(
      Geometry(maxItemBytes: 8, maxItems: 8, maxEndpoints: 2, ringBytes: 1, deadLetterBytes: 1),
      QueueDescription(
        maxDeliveries: 1, isPersistent: true, isAtMostOnce: false, codec: codec, schema: schema))
    _ = try Ring.attach(owning: dup(ring.segment.descriptor), codec: codec, schema: schema)
  }
}
