internal import RingBuffer

/// A queue of this process, with the handle that keeps it alive; without one it is only looked at.
struct OpenQueue {
  var core: QueueCore
  var handle: EndpointState?
}
