// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Only with the trait of that name; without it, nothing of it is fetched or built.
let protobuf = Target.Dependency.product(
  name: "SwiftProtobuf", package: "swift-protobuf", condition: .when(traits: ["SwiftProtobuf"]))

let package = Package(
  name: "IterableQueue",
  products: [
    .library(name: "IterableQueues", targets: ["IterableQueues"]),
    .executable(name: "iq", targets: ["iq"]),
  ],
  traits: [
    .trait(
      name: "CrashPoints",
      description: "For the crash matrix: lets a process die at a named step of the protocol."),
    .trait(
      name: "SwiftProtobuf",
      description: "Adds the codec `.protobuf()` for items that are SwiftProtobuf messages."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-system", from: "1.6.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
    // Only for a test, of programs that start others by it.
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    .target(
      name: "CIterableQueue",
      path: "CShim"),
    .target(
      name: "SharedMemory",
      dependencies: ["CIterableQueue"],
      swiftSettings: settings),
    .target(
      name: "RingBuffer",
      dependencies: ["SharedMemory", "CIterableQueue"],
      swiftSettings: settings),
    .target(
      name: "ItemCoding",
      dependencies: [protobuf],
      swiftSettings: settings),
    .target(
      name: "IterableQueues",
      dependencies: [
        "ItemCoding", "RingBuffer", "SharedMemory", "CIterableQueue",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),

    .executableTarget(
      name: "iq",
      dependencies: [
        "IterableQueues", "ItemCoding", "CIterableQueue",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "quickstart",
      dependencies: ["IterableQueues"],
      swiftSettings: settings),
    // A program and its worker, as README.md shows them.
    .executableTarget(
      name: "primes",
      dependencies: ["IterableQueues"],
      swiftSettings: settings),
    .executableTarget(
      name: "prime-worker",
      dependencies: ["IterableQueues"],
      swiftSettings: settings),
    .executableTarget(
      name: "wordcount",
      dependencies: [
        "IterableQueues",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    // Run by Scripts/benchmark.sh.
    .executableTarget(
      name: "queue-benchmark",
      dependencies: [
        "IterableQueues",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Scripts/benchmark/queue",
      swiftSettings: settings),
    // Run by tests: a test runner has threads and must not fork.
    .executableTarget(
      name: "queue-scenarios",
      dependencies: [
        "IterableQueues", "RingBuffer", "SharedMemory", "CIterableQueue",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Tests/Programs/queue-scenarios",
      swiftSettings: settings),
    .executableTarget(
      name: "async-main",
      dependencies: ["IterableQueues"],
      path: "Tests/Programs/async-main",
      swiftSettings: settings),
    // Run by Scripts/killstorm.sh.
    .executableTarget(
      name: "killstorm",
      dependencies: ["IterableQueues", "RingBuffer", "SharedMemory", "CIterableQueue"],
      path: "Tests/Programs/killstorm",
      swiftSettings: settings),

    // Run by Scripts/crash-matrix.sh, built with the trait CrashPoints.
    .executableTarget(
      name: "crash-matrix",
      dependencies: [
        "IterableQueues", "ItemCoding", "RingBuffer", "SharedMemory", "CIterableQueue",
      ],
      path: "Tests/Programs/crash-matrix",
      swiftSettings: settings),

    .target(
      name: "CodingSamples",
      path: "Tests/CodingSamples",
      swiftSettings: settings),
    .executableTarget(
      name: "codec-echo",
      dependencies: ["ItemCoding", "CodingSamples"],
      path: "Tests/CodecEcho",
      swiftSettings: settings),
    .target(
      name: "AllocationCount",
      path: "Scripts/benchmark/allocation-count"),
    .executableTarget(
      name: "codec-benchmark",
      dependencies: ["ItemCoding", "AllocationCount"],
      path: "Scripts/benchmark/codec",
      swiftSettings: settings),

    .target(
      name: "TestSupport",
      dependencies: ["SharedMemory", "CIterableQueue"],
      path: "Tests/TestSupport",
      swiftSettings: settings),
    .testTarget(
      name: "SharedMemoryTests",
      dependencies: ["SharedMemory", "CIterableQueue", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "RingBufferTests",
      dependencies: ["RingBuffer", "SharedMemory", "CIterableQueue", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "ItemCodingTests",
      dependencies: ["ItemCoding", "CodingSamples", protobuf],
      swiftSettings: settings),
    .testTarget(
      name: "IterableQueuesTests",
      dependencies: [
        "IterableQueues", "TestSupport",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "iqTests",
      dependencies: ["iq", "IterableQueues", "CIterableQueue", "TestSupport"],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
