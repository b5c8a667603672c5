import Glibc
import RingBuffer
import SharedMemory

/// Makes pages beside a ring's mapping that nobody may touch, so that reading past it is a crash
/// and not another mapping's bytes.
struct Fence: ~Copyable {
  private var pages: [UInt] = []
  private static let bytes = 1 << 16

  init(around ring: Ring) {
    let start = unsafe UInt(bitPattern: ring.segment.base)
    let end = start + UInt(ring.segment.fileBytes + ring.segment.ring.count)
    for place in [start - UInt(Self.bytes), end] {
      let page = unsafe mmap(
        UnsafeMutableRawPointer(bitPattern: place), Self.bytes, PROT_NONE,
        MAP_PRIVATE | MAP_ANONYMOUS | 0x100000, -1, 0)  // MAP_FIXED_NOREPLACE
      if unsafe page == UnsafeMutableRawPointer(bitPattern: place) { pages.append(place) }
    }
  }

  deinit {
    for page in pages {
      if let page = unsafe UnsafeMutableRawPointer(bitPattern: page) {
        unsafe munmap(page, Self.bytes)
      }
    }
  }
}
