/// One value that is being written: where it begins in the buffer, and what it has become.
///
/// A value starts as an empty slot, and becomes what its `encode(to:)` asks for. Its frame lives
/// until the enclosing `encode(to:)` returns, so that a program may write to two nested containers
/// in turns: leaving one seals it, coming back opens it again.
struct WritingFrame: BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    /// Nothing was written yet.
    case slot
    /// One data item without a header of ours.
    case single
    case map
    case array
    /// An array or a map whose header already has the count.
    case counted
  }

  var kind: Kind
  /// The end is known and the header written; `false` for every ancestor of the top frame.
  var isSealed = false
  /// How many bytes the header takes.
  var headerSize: UInt8 = 0
  /// How many arrays and maps lie around this value, itself included once it is one.
  var depth: Int32
  /// How many values lie around this one, containers or not.
  var level: Int32
  /// The frame whose tail holds this one while it is put aside, or -1.
  var asideFor: Int32 = -1
  /// The frame of the enclosing value, or -1.
  var parent: Int
  /// Distinguishes this use of the frame from earlier ones; 0 when unused.
  var serial: Int
  /// The offset of the first byte.
  var header: Int
  /// The offset after the last byte; meaningful when sealed.
  var end = 0
  /// How many entries or elements were written.
  var count = 0
  /// What the parent was writing when this began, in the same form as `key`.
  var keyInParent: Int
  /// The offset of the key of the entry that is being written, or -1 less its index in an array.
  var key = -1
  /// One bit for each key written, by a hash of the key.
  var keysSeen: UInt64 = 0
  /// A hash of all keys written, in their order.
  var keysHash: UInt64 = 0
  /// A key had the bit of an earlier one.
  var mayRepeatKeys = false
}
