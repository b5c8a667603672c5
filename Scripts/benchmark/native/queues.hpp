// Our own rings in C behind the shape that the workloads expect.
#pragma once
#include "ceilings.h"
#include "control.hpp"
#include "prototype.h"

struct Plain {
  static constexpr bool batches = false, knows_end = false, mesh = false;
  void open_producer(int) {}
  void open_consumer(int) {}
  void close() {}
};

struct Prototype : Plain {
  static constexpr bool batches = true, knows_end = true;
  prototype *q;
  explicit Prototype(const Shape &shape)
      : q(prototype_make(shape.ring, (uint32_t)shape.producers)) {
    if (shape.consumers > PROTOTYPE_CONSUMERS) fail("too many consumers");
  }
  uint64_t capacity() { return q->capacity; }
  void put(const void *items, uint64_t bytes, int count) { prototype_put(q, items, bytes, count); }
  void put(const void *item, uint64_t bytes) { prototype_put(q, item, bytes, 1); }
  template <class Body>
  int take(int me, int most, Body body) {
    int taken = prototype_take(q, me, most);
    const unsigned char *record = q->buffers[me].bytes;
    for (int i = 0; i < taken; i++) {
      body((const char *)record + 8);
      record += prototype_record(*(const uint64_t *)record);
    }
    return taken;
  }
  bool get(void *item, uint64_t bytes) {
    return take(0, 1, [&](const char *one) { memcpy(item, one, bytes); }) > 0;
  }
  void close_producer() { prototype_close_producer(q); }
};

struct SingleRing : Plain {
  single_ring *ring;
  explicit SingleRing(const Shape &shape) : ring(single_make(shape.capacity, shape.bytes)) {}
  uint64_t capacity() { return ring->slots; }
  void put(const void *item, uint64_t bytes) { single_put(ring, item, bytes); }
  bool get(void *item, uint64_t bytes) { return single_get(ring, item, bytes), true; }
};

struct ManyRing : Plain {
  many_ring *ring;
  explicit ManyRing(const Shape &shape) : ring(many_make(shape.capacity, shape.bytes)) {}
  uint64_t capacity() { return ring->slots; }
  void put(const void *item, uint64_t bytes) { many_put(ring, item, bytes); }
  bool get(void *item, uint64_t bytes) { return many_get(ring, item, bytes), true; }
};

// One word that is handed over and slept on: what a wake-up costs.
struct FutexWord : Plain {
  struct Shared {
    LINE uint32_t value;
  } *shared;
  uint32_t turn = 0;
  explicit FutexWord(const Shape &) : shared((Shared *)shared_memory(sizeof(Shared))) {}
  uint64_t capacity() { return 1; }
  void put(const void *, uint64_t) {
    EXCHANGE(shared->value, ++turn);
    futex_wake(&shared->value, 1);
  }
  bool get(void *item, uint64_t) {
    turn++;
    for (uint32_t seen; (seen = ACQUIRE(shared->value)) != turn;)
      futex_sleep(&shared->value, seen, 0);
    *(uint64_t *)item = turn;
    return true;
  }
};

// One cache line that is handed over by busy-waiting.
struct CacheLine : Plain {
  struct Shared {
    LINE uint64_t value;
  } *shared;
  uint64_t turn = 0;
  explicit CacheLine(const Shape &) : shared((Shared *)shared_memory(sizeof(Shared))) {}
  uint64_t capacity() { return 1; }
  void put(const void *, uint64_t) { RELEASE(shared->value, ++turn); }
  bool get(void *item, uint64_t) {
    turn++;
    while (ACQUIRE(shared->value) != turn) {}
    *(uint64_t *)item = turn;
    return true;
  }
};
