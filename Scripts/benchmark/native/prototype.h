// The queue's protocol in plain C, without registry, deaths, codecs and checks: a measuring stick.
// What it needs for one put and one get is what the hardware asks for two robust locks, two copies
// and one acknowledgement; what the Swift queue needs beyond that is ours to save.
//
// The size of an item is known at run time, as in a queue of bytes. Records are a header, which
// holds the size, and the item, padded to 8 bytes. The ring is followed by as much spare room, so
// that no record wraps.
#pragma once
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

enum { PROTOTYPE_CONSUMERS = 64, PROTOTYPE_BUFFER = 512 << 10, PROTOTYPE_SPINS = 50 };

// A flag that says that somebody may sleep, and the word on which they sleep.
typedef struct {
  LINE uint32_t sequence;
  uint32_t announced;
} wait_word;

typedef struct {
  LINE uint64_t mark;
  uint64_t end;
  LINE unsigned char bytes[PROTOTYPE_BUFFER];
} in_flight;

typedef struct {
  LINE pthread_mutex_t put_lock;
  uint64_t seen_head;
  HALF_LINE uint64_t tail;
  LINE pthread_mutex_t get_lock;
  uint64_t seen_tail;
  uint32_t filling;
  HALF_LINE uint64_t head;
  wait_word consumers_wait, producers_wait;
  LINE uint64_t capacity;
  uint32_t producers;
  in_flight buffers[PROTOTYPE_CONSUMERS];
  LINE unsigned char data[];
} prototype;

static inline prototype *prototype_make(uint64_t capacity, uint32_t producers) {
  if (capacity & (capacity - 1)) fail("the ring is not a power of two");
  prototype *q = (prototype *)shared_memory(sizeof(prototype) + capacity * 2);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&q->put_lock, &attributes);
  pthread_mutex_init(&q->get_lock, &attributes);
  q->capacity = capacity;
  q->producers = producers;
  return q;
}

static inline void prototype_lock(pthread_mutex_t *mutex) {
  if (pthread_mutex_lock(mutex) == EOWNERDEAD) pthread_mutex_consistent(mutex);
}

static inline uint64_t prototype_record(uint64_t bytes) { return (bytes + 8 + 7) & ~(uint64_t)7; }

static inline uint64_t prototype_free(prototype *q) {
  return q->capacity - (RELAXED(q->tail) - ACQUIRE(q->head));
}

static inline void wake(wait_word *word, int count) {
  __atomic_fetch_add(&word->sequence, 1, __ATOMIC_SEQ_CST);
  futex_wake(&word->sequence, count);
}

static inline void wake_consumers(prototype *q) {
  FENCE();
  if (RELAXED(q->consumers_wait.announced) && EXCHANGE(q->consumers_wait.announced, 0))
    wake(&q->consumers_wait, 1);
}

// Producers sleep until half of the ring is free: one wake-up for many items.
static inline void wake_producers(prototype *q) {
  FENCE();
  if (RELAXED(q->producers_wait.announced) &&
      RELAXED(q->tail) - RELAXED(q->head) <= q->capacity / 2 &&
      EXCHANGE(q->producers_wait.announced, 0))
    wake(&q->producers_wait, 1);
}

// Returns 1 if a wake-up was received, which is to be passed on.
#define SLEEP_UNLESS(condition, word)                                              \
  ({                                                                               \
    int woken = 0, ready = 0;                                                      \
    for (int i = 0; i < PROTOTYPE_SPINS && !(ready = (condition)); i++) PAUSE();   \
    if (!ready) {                                                                  \
      uint32_t seen = ACQUIRE((word)->sequence);                                   \
      EXCHANGE((word)->announced, 1);                                              \
      FENCE();                                                                     \
      woken = !(condition) && futex_sleep(&(word)->sequence, seen, 50000000) == 0; \
    }                                                                              \
    woken;                                                                         \
  })

static inline void prototype_put(prototype *q, const void *items, uint64_t bytes, int count) {
  const uint64_t need = prototype_record(bytes);
  int woken = 0, done = 0;
  while (done < count) {
    prototype_lock(&q->put_lock);
    uint64_t tail = RELAXED(q->tail);
    if (q->capacity - (tail - q->seen_head) < need) q->seen_head = ACQUIRE(q->head);
    if (q->capacity - (tail - q->seen_head) < need) {
      pthread_mutex_unlock(&q->put_lock);
      if (done) wake_consumers(q);
      woken |= SLEEP_UNLESS(prototype_free(q) >= need, &q->producers_wait);
      continue;
    }
    do {
      unsigned char *record = q->data + (tail & (q->capacity - 1));
      *(uint64_t *)record = bytes;
      memcpy(record + 8, (const unsigned char *)items + (uint64_t)done * bytes, bytes);
      tail += need;
    } while (++done < count && q->capacity - (tail - q->seen_head) >= need);
    RELEASE(q->tail, tail);
    pthread_mutex_unlock(&q->put_lock);
  }
  wake_consumers(q);
  if (woken) {
    EXCHANGE(q->producers_wait.announced, 1);
    wake_producers(q);
  }
}

// Takes up to `most` items into the in-flight buffer `me`, as records; 0 at the end.
// Acknowledges those before.
static inline int prototype_take(prototype *q, int me, int most) {
  in_flight *buffer = &q->buffers[me];
  uint64_t mark = RELAXED(buffer->mark);
  if (mark)
    __atomic_compare_exchange_n(&buffer->mark, &mark, 0, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
  int woken = 0, taken = 0;
  while (taken == 0) {
    prototype_lock(&q->get_lock);
    uint64_t head = RELAXED(q->head);
    if (q->seen_tail == head) {
      int ended = ACQUIRE(q->producers) == 0;
      q->seen_tail = ACQUIRE(q->tail);
      if (q->seen_tail == head) {
        pthread_mutex_unlock(&q->get_lock);
        if (ended) return 0;
        woken |= SLEEP_UNLESS(
            ACQUIRE(q->tail) != RELAXED(q->head) || ACQUIRE(q->producers) == 0, &q->consumers_wait);
        continue;
      }
    }
    uint64_t used = 0;
    do {
      unsigned char *record = q->data + (head & (q->capacity - 1));
      uint64_t size = prototype_record(*(uint64_t *)record);
      if (taken && used + size > PROTOTYPE_BUFFER) break;
      memcpy(buffer->bytes + used, record, size);
      used += size;
      head += size;
      taken++;
    } while (taken < most && head != q->seen_tail);
    RELEASE(buffer->end, head);
    RELEASE(q->filling, (uint32_t)me);
    RELEASE(buffer->mark, (uint64_t)taken);
    RELEASE(q->head, head);
    pthread_mutex_unlock(&q->get_lock);
  }
  wake_producers(q);
  if (woken) {
    EXCHANGE(q->consumers_wait.announced, 1);
    FENCE();
    if (ACQUIRE(q->tail) != RELAXED(q->head) || ACQUIRE(q->producers) == 0) wake_consumers(q);
  }
  return taken;
}

static inline void prototype_close_producer(prototype *q) {
  if (__atomic_fetch_sub(&q->producers, 1, __ATOMIC_SEQ_CST) == 1)
    wake(&q->consumers_wait, INT32_MAX);
}
