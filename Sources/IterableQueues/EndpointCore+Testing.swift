internal import Synchronization

extension EndpointCore {
  /// How many threads of this process sleep on the endpoint.
  package var testingSleepers: Int { sleepers.load(ordering: .sequentiallyConsistent) }
}
