internal import RingBuffer
internal import SharedMemory

#if canImport(Glibc)
  internal import Glibc
#endif

extension QueueName {
  /// What `remove()` does.
  func removeTyped(_ owner: QueueOwner) throws(QueueError) {
    let failure: AttachFailure
    do throws(AttachFailure) {
      let descriptor = try Ring.openFile(path, owner: owner.user)
      let ring = try Ring.attach(owning: descriptor, codec: nil, schema: nil, path: path)
      switch ring.retire(.forever) {
      case .retired, .inUse: return
      case .failed(let error): throw .system(error)
      case .refused: throw .geometry
      }
    } catch {
      failure = error
    }
    switch failure {
    case .notReady:
      if try !removeIfAbandoned(ownedBy: owner) {
        throw QueueError(
          .busy, queueName: description, reason: "the queue is being created at this moment",
          advice: "Try again")
      }
    // Whoever uses it has locks that this process must not touch.
    case .version, .geometry, .fileLength, .pidNamespace, .timeNamespace:
      do throws(SystemFailure) { try Segment.removeName(path) } catch {
        throw QueueCore.error(.system(error), self)
      }
    default: throw QueueCore.error(failure, self)
    }
  }

  /// Takes the name away if the queue's processes are all dead and it is not persistent, or if its
  /// creator died before it had finished. Returns whether it did. Throws as `remove()` does.
  package func removeIfAbandoned(ownedBy owner: QueueOwner) throws(QueueError) -> Bool {
    do throws(AttachFailure) {
      return try Ring.removeIfAbandoned(path, owner: owner.user) == .removed
    } catch {
      throw QueueCore.error(error, self)
    }
  }
}
