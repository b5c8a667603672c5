/// How values are read, or written, by their type, as one reader or writer has learnt it.
@safe
final class Plans<AnyPlan: AnyObject> {
  private var all: [ObjectIdentifier: AnyPlan] = [:]
  /// A cache in front, indexed by the address of the type's metadata.
  private let recent: UnsafeMutablePointer<Recent>

  @unsafe private struct Recent {
    var type: ObjectIdentifier
    /// Kept alive by `all`.
    let plan: Unmanaged<AnyPlan>
  }

  /// `nothing` stands where no plan is cached yet; nobody gets it.
  init(_ nothing: AnyPlan) {
    let noType = ObjectIdentifier(Self.self)
    all[noType] = nothing
    unsafe recent = UnsafeMutablePointer<Recent>.allocate(capacity: 64)
    unsafe recent.initialize(
      repeating: Recent(type: noType, plan: .passUnretained(nothing)), count: 64)
  }

  deinit { unsafe recent.deallocate() }

  /// Calls `body` with the plan for `type`, which `make` makes the first time; no reference is counted.
  @inline(__always)
  func withPlan<Result>(
    for type: Any.Type, or make: () -> AnyPlan, _ body: (AnyPlan) throws -> Result
  ) rethrows -> Result {
    let identity = ObjectIdentifier(type)
    let address = UInt(bitPattern: identity)
    let place = unsafe recent + Int(((address >> 4) ^ (address >> 10)) & 63)
    if unsafe place.pointee.type != identity {
      unsafe place.pointee = Recent(
        type: identity, plan: .passUnretained(find(identity, or: make)))
    }
    return try unsafe place.pointee.plan._withUnsafeGuaranteedRef(body)
  }

  @inline(never)
  private func find(_ identity: ObjectIdentifier, or make: () -> AnyPlan) -> AnyPlan {
    if let known = all[identity] { return known }
    let plan = make()
    all[identity] = plan
    return plan
  }
}
