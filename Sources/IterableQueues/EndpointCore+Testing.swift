internal import RingBuffer
internal import Synchronization

extension EndpointCore {
  /// How many threads of this process sleep on the endpoint.
  package var testingSleepers: Int { sleepers.load(ordering: .sequentiallyConsistent) }

  /// What is going on in the endpoint's queue; changes nothing.
  package var testingStatistics: QueueStatistics { QueueStatistics(ring.statistics) }
}
