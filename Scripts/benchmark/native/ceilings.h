// What the machine can do: lock-free rings of fixed slots that busy-wait, and know neither deaths,
// nor an end, nor acknowledgement, nor sleep.
#pragma once
#include <string.h>

#include "words.h"

static inline void copy_item(void *to, const void *from, uint64_t bytes) {
  if (bytes == 8) {
    memcpy(to, from, 8);
  } else {
    memcpy(to, from, bytes);
  }
}

// One producer, one consumer; each keeps a copy of the other's position and looks only when it must.
typedef struct {
  LINE uint64_t tail;
  uint64_t seen_head;
  LINE uint64_t head;
  uint64_t seen_tail;
  LINE uint64_t slots, slot_bytes;
  LINE unsigned char data[];
} single_ring;

static inline uint64_t power_of_two(uint64_t least) {
  uint64_t value = 1;
  while (value < least) value *= 2;
  return value;
}

static inline single_ring *single_make(uint64_t slots, uint64_t bytes) {
  slots = power_of_two(slots);
  bytes = (bytes + 7) & ~(uint64_t)7;
  single_ring *ring = (single_ring *)shared_memory(sizeof *ring + slots * bytes);
  ring->slots = slots;
  ring->slot_bytes = bytes;
  return ring;
}

static inline void single_put(single_ring *ring, const void *item, uint64_t bytes) {
  uint64_t tail = RELAXED(ring->tail);
  for (int turns = 0; tail - ring->seen_head == ring->slots;) {
    ring->seen_head = ACQUIRE(ring->head);
    if (tail - ring->seen_head == ring->slots) busy_wait(&turns);
  }
  copy_item(ring->data + (tail & (ring->slots - 1)) * ring->slot_bytes, item, bytes);
  RELEASE(ring->tail, tail + 1);
}

static inline void single_get(single_ring *ring, void *item, uint64_t bytes) {
  uint64_t head = RELAXED(ring->head);
  for (int turns = 0; head == ring->seen_tail;) {
    ring->seen_tail = ACQUIRE(ring->tail);
    if (head == ring->seen_tail) busy_wait(&turns);
  }
  copy_item(item, ring->data + (head & (ring->slots - 1)) * ring->slot_bytes, bytes);
  RELEASE(ring->head, head + 1);
}

// Many producers, many consumers: a position is drawn, then each slot's turn says whose it is.
typedef struct {
  LINE uint64_t tail;
  LINE uint64_t head;
  LINE uint64_t slots, slot_bytes;
  int shift;
  LINE unsigned char data[];
} many_ring;

static inline many_ring *many_make(uint64_t slots, uint64_t bytes) {
  slots = power_of_two(slots);
  bytes = (bytes + 8 + 63) & ~(uint64_t)63;
  many_ring *ring = (many_ring *)shared_memory(sizeof *ring + slots * bytes);
  ring->slots = slots;
  ring->slot_bytes = bytes;
  ring->shift = __builtin_ctzll(slots);
  return ring;
}

static inline uint64_t *many_slot(many_ring *ring, uint64_t position, uint64_t turn) {
  uint64_t *slot =
      (uint64_t *)(ring->data + (position & (ring->slots - 1)) * ring->slot_bytes);
  turn += (position >> ring->shift) * 2;
  for (int turns = 0; ACQUIRE(*slot) != turn;) busy_wait(&turns);
  return slot;
}

static inline void many_put(many_ring *ring, const void *item, uint64_t bytes) {
  uint64_t *slot = many_slot(ring, __atomic_fetch_add(&ring->tail, 1, __ATOMIC_RELAXED), 0);
  copy_item(slot + 1, item, bytes);
  RELEASE(*slot, *slot + 1);
}

static inline void many_get(many_ring *ring, void *item, uint64_t bytes) {
  uint64_t *slot = many_slot(ring, __atomic_fetch_add(&ring->head, 1, __ATOMIC_RELAXED), 1);
  copy_item(item, slot + 1, bytes);
  RELEASE(*slot, *slot + 1);
}
