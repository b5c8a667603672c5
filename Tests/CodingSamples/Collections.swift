extension Optional: Sample where Wrapped: Sample {
  public static func sample(using generator: inout some RandomNumberGenerator) -> Self {
    Bool.random(using: &generator) ? .some(.sample(using: &generator)) : nil
  }
}

extension Array: Sample where Element: Sample {
  public static func sample(using generator: inout some RandomNumberGenerator) -> Self {
    (0..<Int.random(in: 0...5, using: &generator)).map { _ in .sample(using: &generator) }
  }
}

extension Dictionary: Sample where Key: Sample, Value: Sample {
  public static func sample(using generator: inout some RandomNumberGenerator) -> Self {
    Dictionary(
      (0..<Int.random(in: 0...5, using: &generator)).map { _ in
        (.sample(using: &generator), .sample(using: &generator))
      }, uniquingKeysWith: { first, _ in first })
  }
}
