import SharedMemory
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Runs `body` while another thread holds the lock.
func whileHeld(_ lock: RobustMutex, _ body: () throws -> Void) rethrows {
  final class State: Sendable {
    let lock: RobustMutex
    let isHeld = Atomic<Bool>(false)
    let isOver = Atomic<Bool>(false)
    init(_ lock: RobustMutex) { self.lock = lock }
  }
  let state = State(lock)
  var thread = pthread_t()
  let argument = unsafe Unmanaged.passRetained(state).toOpaque()
  let error = unsafe pthread_create(
    &thread, nil,
    {
      guard let argument = unsafe $0 else { return nil }
      let state = unsafe Unmanaged<State>.fromOpaque(argument).takeRetainedValue()
      _ = state.lock.lock(repairing: {})
      state.isHeld.store(true, ordering: .releasing)
      while !state.isOver.load(ordering: .acquiring) { usleep(200) }
      state.lock.unlock(at: .testing)
      return nil
    }, argument)
  precondition(error == 0)
  defer {
    state.isOver.store(true, ordering: .releasing)
    pthread_join(thread, nil)
  }
  while !state.isHeld.load(ordering: .acquiring) { usleep(200) }
  try body()
}
