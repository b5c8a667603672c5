// The layout of a queue's segment, shared by processes that were built separately.
//
// Why C: the layout of a Swift struct is no contract between two builds; a C struct of fixed-width
// integers with static assertions is. The fields are plain because Swift does not import _Atomic
// ones: Swift binds Atomic<UInt64> at the offsets below.
#pragma once
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#if !defined(__linux__) || !defined(__LP64__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "IterableQueue needs Linux on a 64-bit little-endian machine"
#endif

enum {
  ciq_layout_version = 2,
  ciq_line_bytes = 128,        // two cache lines: x86 fetches them in pairs
  ciq_header_bytes = 4096,
  ciq_header_first_bytes = 16,  // magic, version and ready: the same in every version
  ciq_slot_bytes = 32,
  ciq_mark_bytes = 128,
  ciq_schema_bytes = 256,
  ciq_codec_bytes = 64,
};
static const uint64_t ciq_magic = 0x3145555551525449ull;  // "ITRQUUE1"

// What a process checks, and copies, when it attaches; never read again afterwards.
typedef struct {
  uint64_t magic;
  uint32_t layout_version;
  uint32_t ready;              // stored last by the creator
  uint64_t file_bytes;
  uint64_t control_offset;
  uint64_t slots_offset;
  uint64_t marks_offset;
  uint64_t in_flight_offset;
  uint64_t ring_offset;
  uint64_t dead_offset;
  uint64_t in_flight_bytes;    // of one buffer
  uint64_t ring_bytes;         // a power of two
  uint64_t dead_bytes;         // a power of two
  uint64_t max_item_bytes;
  uint64_t max_items;
  uint32_t max_endpoints;
  uint32_t max_handles;
  uint32_t max_deliveries;
  uint32_t flags;
  uint64_t pid_namespace;      // inode of /proc/self/ns/pid
  uint64_t time_namespace;     // inode of /proc/self/ns/time, 0 where the kernel has none
  uint64_t spin_nanoseconds;   // how long who waits looks again before it sleeps
  uint8_t codec[ciq_codec_bytes];    // UTF-8, zero-filled
  uint8_t schema[ciq_schema_bytes];  // UTF-8, zero-filled
  uint64_t created;            // CLOCK_REALTIME, nanoseconds
  uint64_t creator;            // start time << 22 | process id
} ciq_header;

enum { ciq_flag_persistent = 1, ciq_flag_at_most_once = 2 };

typedef struct {
  // put side: the lock and what only its holder touches, then what the other side reads
  pthread_mutex_t put_lock;
  uint64_t cached_head;
  uint8_t put_padding[ciq_line_bytes - sizeof(pthread_mutex_t) - 8];
  uint64_t tail;
  uint8_t tail_padding[ciq_line_bytes - 8];

  // get side
  pthread_mutex_t get_lock;
  uint64_t cached_tail;
  uint64_t filling;            // buffer index + 1 | source << 32, 0 = none
  uint64_t redelivered;
  uint64_t dead_first;         // position of the oldest dead letter
  uint64_t dead_last_end;      // last << 32 | end; last == end: no letter is on its way
  uint64_t dead_dropped;
  uint64_t dead_reserved;      // bytes of the log that are reserved in the file
  uint8_t get_padding[ciq_line_bytes - sizeof(pthread_mutex_t) - 7 * 8];
  uint64_t head;
  uint8_t head_padding[ciq_line_bytes - 8];

  // registry
  pthread_mutex_t registry_lock;
  uint64_t used_slots;         // slots that were ever open, endpoints only
  uint64_t used_handles;
  uint64_t reserved_buffers;   // in-flight buffers and marks that are reserved in the file
  uint64_t lost_producers;
  uint64_t lost_consumers;
  uint64_t last_reap;          // CLOCK_MONOTONIC, nanoseconds
  uint8_t registry_padding[ciq_line_bytes - sizeof(pthread_mutex_t) - 6 * 8];

  // read by every operation, written rarely
  uint64_t lifecycle;
  uint64_t hint;
  uint8_t lifecycle_padding[ciq_line_bytes - 16];

  // wait words: {flag, sequence}
  uint32_t consumers_wait;
  uint32_t consumers_sequence;
  uint8_t consumers_padding[ciq_line_bytes - 8];
  uint32_t producers_wait;
  uint32_t producers_sequence;
  uint8_t producers_padding[ciq_line_bytes - 8];
  uint32_t acknowledged_wait;
  uint32_t acknowledged_sequence;
  uint8_t acknowledged_padding[ciq_line_bytes - 8];
} ciq_control;

// One endpoint, or one queue handle.
typedef struct {
  uint64_t word;               // generation << 1 | open; open generations are odd
  uint64_t owner;              // start time << 22 | process id
  uint64_t kind;               // process id of an owner that is about to end << 8 | kind
  uint64_t sleep;              // what a thread of it waits for, and since when; only to be shown
} ciq_slot;

enum { ciq_kind_producer = 1, ciq_kind_consumer = 2, ciq_kind_handle = 3 };

// One in-flight buffer's commit word, and the ring position (or dead letter) after its records.
typedef struct {
  uint64_t mark;
  uint64_t end;
  uint8_t padding[ciq_mark_bytes - 16];
} ciq_mark;

// Swift reaches the words through these: they are constants in the generated code.
enum {
  ciq_offset_put_lock = offsetof(ciq_control, put_lock),
  ciq_offset_cached_head = offsetof(ciq_control, cached_head),
  ciq_offset_tail = offsetof(ciq_control, tail),
  ciq_offset_get_lock = offsetof(ciq_control, get_lock),
  ciq_offset_cached_tail = offsetof(ciq_control, cached_tail),
  ciq_offset_filling = offsetof(ciq_control, filling),
  ciq_offset_redelivered = offsetof(ciq_control, redelivered),
  ciq_offset_dead_first = offsetof(ciq_control, dead_first),
  ciq_offset_dead_last_end = offsetof(ciq_control, dead_last_end),
  ciq_offset_dead_dropped = offsetof(ciq_control, dead_dropped),
  ciq_offset_dead_reserved = offsetof(ciq_control, dead_reserved),
  ciq_offset_head = offsetof(ciq_control, head),
  ciq_offset_registry_lock = offsetof(ciq_control, registry_lock),
  ciq_offset_used_slots = offsetof(ciq_control, used_slots),
  ciq_offset_used_handles = offsetof(ciq_control, used_handles),
  ciq_offset_reserved_buffers = offsetof(ciq_control, reserved_buffers),
  ciq_offset_lost_producers = offsetof(ciq_control, lost_producers),
  ciq_offset_lost_consumers = offsetof(ciq_control, lost_consumers),
  ciq_offset_last_reap = offsetof(ciq_control, last_reap),
  ciq_offset_lifecycle = offsetof(ciq_control, lifecycle),
  ciq_offset_hint = offsetof(ciq_control, hint),
  ciq_offset_consumers_wait = offsetof(ciq_control, consumers_wait),
  ciq_offset_producers_wait = offsetof(ciq_control, producers_wait),
  ciq_offset_acknowledged_wait = offsetof(ciq_control, acknowledged_wait),
  ciq_offset_slot_owner = offsetof(ciq_slot, owner),
  ciq_offset_slot_kind = offsetof(ciq_slot, kind),
  ciq_offset_slot_sleep = offsetof(ciq_slot, sleep),
  ciq_offset_mark_end = offsetof(ciq_mark, end),
};

_Static_assert(sizeof(pthread_mutex_t) <= 48, "a lock and its words fill one line");
_Static_assert(sizeof(ciq_header) <= ciq_header_bytes, "the header is one page");
_Static_assert(sizeof(ciq_control) == 9 * ciq_line_bytes, "nine lines of control words");
_Static_assert(sizeof(ciq_slot) == ciq_slot_bytes, "slots are dense");
_Static_assert(sizeof(ciq_mark) == ciq_mark_bytes, "each mark has its own line");
_Static_assert(offsetof(ciq_header, ready) == 12, "the header's first words never move");
_Static_assert(offsetof(ciq_header, file_bytes) == ciq_header_first_bytes, "they come first");
_Static_assert(offsetof(ciq_control, tail) == 1 * ciq_line_bytes, "tail has its own line");
_Static_assert(offsetof(ciq_control, get_lock) == 2 * ciq_line_bytes, "get side has its own line");
_Static_assert(offsetof(ciq_control, head) == 3 * ciq_line_bytes, "head has its own line");
_Static_assert(offsetof(ciq_control, registry_lock) == 4 * ciq_line_bytes, "registry line");
_Static_assert(offsetof(ciq_control, lifecycle) == 5 * ciq_line_bytes, "lifecycle line");
_Static_assert(offsetof(ciq_control, consumers_wait) == 6 * ciq_line_bytes, "wait line");
_Static_assert(offsetof(ciq_control, producers_wait) == 7 * ciq_line_bytes, "wait line");
_Static_assert(offsetof(ciq_control, acknowledged_wait) == 8 * ciq_line_bytes, "wait line");
