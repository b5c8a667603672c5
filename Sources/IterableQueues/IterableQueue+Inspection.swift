internal import CIterableQueue
package import ItemCoding
internal import RingBuffer
internal import SharedMemory
internal import SystemPackage

// What the command `iq` needs beyond the public surface.

/// A queue's header, and its file.
package struct QueueAbout: Hashable, Sendable {
  package var name: QueueName?
  package var codec: String
  package var schema: String
  package var configuration: QueueConfiguration
  package var ownerUser: UInt32
  package var ownerGroup: UInt32
  /// Since 1970-01-01T00:00:00Z.
  package var created: Duration
  package var creator: CInt
  package var fileBytes: Int
  /// What the queue takes of the memory.
  package var allocatedBytes: Int
  package var isClosed: Bool
  package var isCancelled: Bool
  /// Whether the name was taken away.
  package var isRetired: Bool
}

/// An open endpoint or handle of a queue, in any process.
package struct EndpointReport: Hashable, Sendable {
  package enum Kind: Hashable, Sendable { case producer, consumer, handle }
  package enum Waiting: Hashable, Sendable { case forItems, forRoom }
  package var slot: Int
  package var kind: Kind
  package var processIdentifier: CInt
  /// In clock ticks since boot.
  package var startTime: UInt64
  package var isAlive: Bool
  /// What a thread of it is asleep for, and for how long.
  package var waiting: Waiting?
  package var waitingFor: Duration?
  /// Items delivered, and not acknowledged.
  package var heldItems: Int

  init(_ slot: SlotReport) {
    self.slot = slot.slot
    kind =
      switch slot.kind {
      case .producer: .producer
      case .consumer: .consumer
      case .handle: .handle
      }
    processIdentifier = slot.owner.processIdentifier
    startTime = slot.owner.startTime
    isAlive = slot.isAlive
    waiting = slot.sleep.map { $0.reason == .items ? .forItems : .forRoom }
    waitingFor = slot.sleep.map {
      let now = Deadline.now.nanoseconds
      return .nanoseconds(Int64(clamping: now - min(now, $0.since.nanoseconds)))
    }
    heldItems = slot.heldItems
  }
}

extension IterableQueue {
  /// What the header says, and the file system. Throws `system`.
  package var about: QueueAbout {
    get throws {
      let ring = core.ring
      let status: FileStatus
      do throws(SystemFailure) { status = try FileStatus(of: ring.segment.descriptor) } catch {
        throw core.failed(error, "the queue's file cannot be looked at")
      }
      let life = ring.lifecycle
      return QueueAbout(
        name: name, codec: ring.description.codec, schema: ring.description.schema,
        configuration: QueueConfiguration(
          ring, permissions: FilePermissions(rawValue: CModeT(status.permissions))),
        ownerUser: status.user, ownerGroup: status.group,
        created: .nanoseconds(Int64(clamping: ring.description.created)),
        creator: ring.description.creator.processIdentifier, fileBytes: status.bytes,
        allocatedBytes: status.allocatedBytes, isClosed: life.isClosed,
        isCancelled: life.isCancelled, isRetired: life.isRetired)
    }
  }

  /// The open endpoints and handles of all processes, also of dead ones that nobody has noticed.
  package var endpoints: [EndpointReport] { core.ring.openSlots.map(EndpointReport.init) }

  /// As `statistics`, but changes nothing: what dead processes have left stays.
  package var statisticsAsTheyAre: QueueStatistics { QueueStatistics(core.ring.statistics) }

  /// Frees what dead processes have left, now. Throws `corrupted`.
  package func reap() throws { try core.reap(.forever) }
}

extension IterableQueue {
  /// Finds a queue, and keeps it alive; `choose` is given the names of its codec and schema and
  /// returns what reads it. Throws as `init(attachingTo:)` does.
  package convenience init(
    anyItemsOf name: QueueName, ownedBy owner: QueueOwner = .anyone, timeout: Duration? = nil,
    choosing choose: (_ codec: String, _ schema: String) -> any ItemCodec<Item>
  ) throws {
    let open = try OpenQueue.attaching(
      name, codec: nil, schema: nil, ownedBy: owner, timeout: timeout)
    let description = open.core.ring.description
    self.init(open, Transport(choose(description.codec, description.schema)))
  }
}

// Items as their bytes, whatever the queue's codec and schema.
extension IterableQueue where Item == [UInt8] {
  /// Finds a queue, and keeps it alive. Throws as `init(attachingTo:)` does.
  package convenience init(
    bytesOf name: QueueName, ownedBy owner: QueueOwner = .anyone, timeout: Duration? = nil
  ) throws {
    let open = try OpenQueue.attaching(
      name, codec: nil, schema: nil, ownedBy: owner, timeout: timeout)
    self.init(open, .bytes(named: open.core.ring.description.codec))
  }

  /// Finds a queue without keeping it alive, also one that was abandoned.
  package convenience init(inspecting name: QueueName, ownedBy owner: QueueOwner) throws {
    try QueueCore.checkIdentity()
    let core = try QueueCore.looking(at: name, codec: nil, schema: nil, ownedBy: owner)
    self.init(OpenQueue(core: core), .bytes(named: core.ring.description.codec))
  }

  /// Makes a queue whose header says `codecName` and `schema`. Throws as `init(named:)` does.
  package convenience init(
    named name: QueueName, configuration: QueueConfiguration, codecName: String, schema: String
  ) throws {
    self.init(
      try .creating(name, configuration, codec: codecName, schema: schema),
      .bytes(named: codecName))
  }
}
