/// Whether `container` is the only reference to the box inside it.
///
/// The standard library's keyed containers are one reference to a box. If that ever changes, the
/// answer is `false`, and boxes are allocated anew.
func isUniquelyBoxed<Container>(_ container: inout Container) -> Bool {
  guard MemoryLayout<Container>.size == MemoryLayout<AnyObject>.size else { return false }
  return unsafe withUnsafeMutablePointer(to: &container) {
    unsafe $0.withMemoryRebound(to: AnyObject.self, capacity: 1) {
      unsafe isKnownUniquelyReferenced(&$0.pointee)
    }
  }
}
