/// A `Producer` or a `Consumer`: what is handed to a worker process.
///
/// Many threads of one process may share an endpoint. One process owns it at a time.
public protocol Endpoint: Sendable {
  /// Closes the endpoint; a consumer acknowledges first. Closing twice does nothing.
  func close()

  /// Not for use outside this library.
  var endpointCore: EndpointCore { get }
}
