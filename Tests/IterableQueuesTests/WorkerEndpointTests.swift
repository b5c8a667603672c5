import TestSupport
import Testing

/// Endpoints in the hands of workers, which are forked and spawned.
@Suite(.timeLimit(.minutes(10)))
struct WorkerEndpointTests {
  typealias Workers = Scenario.Workers

  @Test(arguments: Workers.allCases)
  func `items flow through workers, and every loop ends by itself`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("endpoints-flow", workers: workers))
  }

  @Test func `a group's workers may get their number beside their endpoints`() throws {
    expectQuietSuccess(try Scenario.run("endpoints-numbered"))
  }

  @Test(arguments: Workers.allCases)
  func `an endpoint that was handed over throws in the parent and names the worker`(
    _ workers: Workers
  ) throws {
    expectQuietSuccess(try Scenario.run("endpoints-handed-over", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a body that returns closes its endpoints and acknowledges what it holds`(
    _ workers: Workers
  ) throws {
    expectQuietSuccess(try Scenario.run("endpoints-after-return", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a body that throws gives back the item in its hands`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("endpoints-after-throw", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `the item of a killed worker goes to another one`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("endpoints-after-kill", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a worker may be done before its parent has handed over`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("endpoints-quick", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `what a consumer holds when it is handed over is acknowledged`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("endpoints-held-by-parent", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `after a start that failed the endpoints are still the parent's`(
    _ workers: Workers
  ) throws {
    expectQuietSuccess(try Scenario.run("endpoints-start-fails", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `a group keeps the workers made before one failed, and closes what was for it`(
    _ workers: Workers
  ) throws {
    expectQuietSuccess(try Scenario.run("endpoints-group-fails-midway", workers: workers))
  }

  @Test(arguments: Workers.allCases)
  func `an endpoint that another thread is using is not handed over`(_ workers: Workers) throws {
    expectQuietSuccess(try Scenario.run("endpoints-busy", workers: workers))
  }
}
