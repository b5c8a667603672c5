import Testing

@Suite(.timeLimit(.minutes(5)))
struct WorkerEndpointTests {
  @Test func `items flow through forked workers, and every loop ends by itself`() throws {
    expectQuietSuccess(try Scenario.run("endpoints-flow"))
  }

  @Test func `a group's workers may get their number beside their endpoints`() throws {
    expectQuietSuccess(try Scenario.run("endpoints-numbered"))
  }

  @Test func `an endpoint that was handed over throws in the parent and names the worker`() throws {
    expectQuietSuccess(try Scenario.run("endpoints-handed-over"))
  }

  @Test func `a body that returns closes its endpoints and acknowledges what it holds`() throws {
    expectQuietSuccess(try Scenario.run("endpoints-after-return"))
  }

  @Test func `a body that throws gives back the item in its hands`() throws {
    expectQuietSuccess(try Scenario.run("endpoints-after-throw"))
  }

  @Test func `the item of a killed worker goes to another one`() throws {
    expectQuietSuccess(try Scenario.run("endpoints-after-kill"))
  }

  @Test func `a worker may be done before its parent has handed over`() throws {
    expectQuietSuccess(try Scenario.run("endpoints-quick"))
  }

  @Test func `what a consumer holds when it is handed over is acknowledged`() throws {
    expectQuietSuccess(try Scenario.run("endpoints-held-by-parent"))
  }

  @Test func `after a fork that failed the endpoints are still the parent's`() throws {
    expectQuietSuccess(try Scenario.run("endpoints-fork-fails"))
  }

  @Test func `a group keeps the workers made before one failed, and closes what was for it`() throws
  {
    expectQuietSuccess(try Scenario.run("endpoints-group-fails-midway"))
  }

  @Test func `an endpoint that another thread is using is not handed over`() throws {
    expectQuietSuccess(try Scenario.run("endpoints-busy"))
  }
}
