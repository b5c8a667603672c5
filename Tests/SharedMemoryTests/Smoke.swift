import Testing

@Test func `the target is tested`() {}
