// The queue's protocol in plain C, without registry, deaths, codecs and checks: a measuring stick.
// What it needs for one put and one get is what the hardware asks for two locks, two copies and
// one acknowledgement; what the Swift queue needs beyond that is ours to save.
//
//   prototype PRODUCERS CONSUMERS ITEMS BATCH RING_BYTES    moves 8-byte items between processes
//   prototype pair ITEMS BATCH RING_BYTES                   put and get by turns in one thread
//
// Prints one line of JSON. Time runs from the first producer's first put to the moment at which the
// last consumer found the end.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE _Alignas(128)
#define FENCE() atomic_thread_fence(memory_order_seq_cst)
#define GET(word) atomic_load_explicit(&(word), memory_order_relaxed)
#define OBSERVE(word) atomic_load_explicit(&(word), memory_order_acquire)
#define PUBLISH(word, value) atomic_store_explicit(&(word), (value), memory_order_release)

enum {
  MOST_CONSUMERS = 64,
  RECORD_BYTES = 16,  // a header that holds the item's size, and the item
  MOST_ITEMS = 4096,  // in a batch
  BUFFER_BYTES = MOST_ITEMS * RECORD_BYTES,
  SPINS = 50
};

// Waiting: a flag that says that somebody may sleep, and the word on which they sleep.
typedef struct {
  LINE _Atomic uint32_t sequence;
  _Atomic uint32_t announced;
} wait_word;

typedef struct {
  LINE _Atomic uint64_t mark;
  _Atomic uint64_t end;
  LINE unsigned char bytes[BUFFER_BYTES];
} in_flight;

typedef struct {
  LINE pthread_mutex_t put_lock;
  uint64_t seen_head;
  LINE _Atomic uint64_t tail;
  LINE pthread_mutex_t get_lock;
  uint64_t seen_tail;
  _Atomic uint32_t filling;
  LINE _Atomic uint64_t head;
  wait_word consumers_wait, producers_wait;
  LINE uint64_t capacity;
  _Atomic int producers;
  wait_word start;
  _Atomic int ready;
  _Atomic uint64_t items, sum, began, ended;
  in_flight buffers[MOST_CONSUMERS];
  _Alignas(4096) unsigned char data[];
} queue;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void futex_wake(wait_word *word, int count) {
  atomic_fetch_add(&word->sequence, 1);
  syscall(SYS_futex, &word->sequence, FUTEX_WAKE, count, NULL, NULL, 0);
}

static int futex_sleep(wait_word *word, uint32_t seen) {
  struct timespec slice = {0, 50 * 1000 * 1000};
  return syscall(SYS_futex, &word->sequence, FUTEX_WAIT, seen, &slice, NULL, 0) == 0;
}

static inline void lock(pthread_mutex_t *mutex) {
  if (pthread_mutex_lock(mutex) == EOWNERDEAD) pthread_mutex_consistent(mutex);
}

static inline void wake_consumers(queue *q) {
  FENCE();
  if (GET(q->consumers_wait.announced) && atomic_exchange(&q->consumers_wait.announced, 0))
    futex_wake(&q->consumers_wait, 1);
}

// Producers sleep until half of the ring is free: one wake-up for many items.
static inline void wake_producers(queue *q) {
  FENCE();
  if (GET(q->producers_wait.announced) && GET(q->tail) - GET(q->head) <= q->capacity / 2 &&
      atomic_exchange(&q->producers_wait.announced, 0))
    futex_wake(&q->producers_wait, 1);
}

static int has_room(queue *q) {
  return q->capacity - (GET(q->tail) - OBSERVE(q->head)) >= RECORD_BYTES;
}

static int has_items(queue *q) { return OBSERVE(q->tail) != OBSERVE(q->head); }

static int has_items_or_ended(queue *q) { return OBSERVE(q->producers) == 0 || has_items(q); }

// Returns 1 if a wake-up was received, which is to be passed on.
static int sleep_unless(int (*needless)(queue *), queue *q, wait_word *word) {
  for (int i = 0; i < SPINS; i++) {
    if (needless(q)) return 0;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  uint32_t seen = atomic_load(&word->sequence);
  atomic_store(&word->announced, 1);
  FENCE();
  return needless(q) ? 0 : futex_sleep(word, seen);
}

static void put(queue *q, const uint64_t *items, int count) {
  int woken = 0, done = 0;
  while (done < count) {
    lock(&q->put_lock);
    uint64_t tail = GET(q->tail);
    if (q->capacity - (tail - q->seen_head) < RECORD_BYTES) q->seen_head = OBSERVE(q->head);
    if (q->capacity - (tail - q->seen_head) < RECORD_BYTES) {
      pthread_mutex_unlock(&q->put_lock);
      if (done > 0) wake_consumers(q);
      woken |= sleep_unless(has_room, q, &q->producers_wait);
      continue;
    }
    do {
      unsigned char *record = q->data + (tail & (q->capacity - 1));
      *(uint64_t *)record = sizeof *items;
      memcpy(record + 8, items + done, sizeof *items);
      tail += RECORD_BYTES;
      done++;
    } while (done < count && q->capacity - (tail - q->seen_head) >= RECORD_BYTES);
    PUBLISH(q->tail, tail);
    pthread_mutex_unlock(&q->put_lock);
  }
  wake_consumers(q);
  if (woken) {
    atomic_store(&q->producers_wait.announced, 1);
    wake_producers(q);
  }
}

// Takes up to `most` items through the in-flight buffer `me`; 0 at the end.
static int get(queue *q, int me, int most, uint64_t *sum) {
  in_flight *buffer = &q->buffers[me];
  uint64_t mark = GET(buffer->mark);
  if (mark) atomic_compare_exchange_strong(&buffer->mark, &mark, 0);
  int woken = 0, taken = 0;
  while (taken == 0) {
    lock(&q->get_lock);
    uint64_t head = GET(q->head);
    if (q->seen_tail == head) {
      int ended = OBSERVE(q->producers) == 0;
      q->seen_tail = OBSERVE(q->tail);
      if (q->seen_tail == head) {
        pthread_mutex_unlock(&q->get_lock);
        if (ended) return 0;
        woken |= sleep_unless(has_items_or_ended, q, &q->consumers_wait);
        continue;
      }
    }
    do {
      unsigned char *record = q->data + (head & (q->capacity - 1));
      memcpy(buffer->bytes + taken * RECORD_BYTES, record, 8 + *(uint64_t *)record);
      head += RECORD_BYTES;
      taken++;
    } while (taken < most && head != q->seen_tail);
    PUBLISH(buffer->end, head);
    PUBLISH(q->filling, (uint32_t)me);
    PUBLISH(buffer->mark, (uint64_t)taken);
    PUBLISH(q->head, head);
    pthread_mutex_unlock(&q->get_lock);
  }
  wake_producers(q);
  if (woken) {
    atomic_store(&q->consumers_wait.announced, 1);
    FENCE();
    if (has_items_or_ended(q)) wake_consumers(q);
  }
  for (int i = 0; i < taken; i++) *sum += *(uint64_t *)(buffer->bytes + i * RECORD_BYTES + 8);
  return taken;
}

static void close_producer(queue *q) {
  if (atomic_fetch_sub(&q->producers, 1) == 1) futex_wake(&q->consumers_wait, INT32_MAX);
}

static queue *make_queue(uint64_t capacity, int producers) {
  if (capacity & (capacity - 1)) fprintf(stderr, "RING_BYTES must be a power of two\n"), exit(2);
  queue *q = mmap(NULL, sizeof(queue) + capacity, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (q == MAP_FAILED) perror("mmap"), exit(1);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&q->put_lock, &attributes);
  pthread_mutex_init(&q->get_lock, &attributes);
  q->capacity = capacity;
  q->producers = producers;
  q->began = UINT64_MAX;
  return q;
}

// Every process checks in; then all start at once, so that forking is not timed.
static uint64_t wait_for_start(queue *q) {
  uint32_t seen = atomic_load(&q->start.sequence);
  atomic_fetch_add(&q->ready, 1);
  while (seen == atomic_load(&q->start.sequence)) futex_sleep(&q->start, seen);
  return now();
}

static void lower(_Atomic uint64_t *word, uint64_t value) {
  uint64_t old = atomic_load(word);
  while (value < old && !atomic_compare_exchange_weak(word, &old, value)) {}
}

static void raise_to(_Atomic uint64_t *word, uint64_t value) {
  uint64_t old = atomic_load(word);
  while (value > old && !atomic_compare_exchange_weak(word, &old, value)) {}
}

static void produce(queue *q, uint64_t count, int batch) {
  uint64_t *items = calloc((size_t)batch, sizeof *items);
  lower(&q->began, wait_for_start(q));
  for (uint64_t k = 0; k < count; k += (uint64_t)batch) {
    for (int i = 0; i < batch; i++) items[i] = k + (uint64_t)i;
    put(q, items, batch);
  }
  close_producer(q);
  _exit(0);
}

static void consume(queue *q, int me, int batch) {
  uint64_t count = 0, sum = 0;
  wait_for_start(q);
  for (int taken; (taken = get(q, me, batch, &sum)) > 0;) count += (uint64_t)taken;
  raise_to(&q->ended, now());
  atomic_fetch_add(&q->items, count);
  atomic_fetch_add(&q->sum, sum);
  _exit(0);
}

static int report(uint64_t items, uint64_t sum, uint64_t expected, uint64_t each, int producers,
                  uint64_t nanoseconds) {
  uint64_t right = (uint64_t)producers * (each * (each - 1) / 2);
  if (items != expected || sum != right) {
    fprintf(stderr, "wrong: %lu items of %lu, sum %lu, should be %lu\n", items, expected, sum,
            right);
    return 1;
  }
  printf("{\"items\": %lu, \"seconds\": %.9f}\n", items, (double)nanoseconds * 1e-9);
  return 0;
}

static int number(const char *word, int most) {
  int value = atoi(word);
  if (value < 1 || value > most) {
    fprintf(stderr, "%s is not a number from 1 to %d\n", word, most);
    exit(2);
  }
  return value;
}

static int across_processes(char **words) {
  int producers = number(words[0], 1024), consumers = number(words[1], MOST_CONSUMERS);
  int batch = number(words[3], MOST_ITEMS);
  uint64_t puts = strtoull(words[2], NULL, 10) / (uint64_t)producers / (uint64_t)batch;
  uint64_t each = puts * (uint64_t)batch;
  queue *q = make_queue(strtoull(words[4], NULL, 10), producers);
  for (int i = 0; i < producers; i++)
    if (fork() == 0) produce(q, each, batch);
  for (int i = 0; i < consumers; i++)
    if (fork() == 0) consume(q, i, batch);
  while (atomic_load(&q->ready) < producers + consumers) usleep(1000);
  futex_wake(&q->start, INT32_MAX);
  while (wait(NULL) > 0) {}
  return report(q->items, q->sum, each * (uint64_t)producers, each, producers, q->ended - q->began);
}

static int pair(char **words) {
  int batch = number(words[1], MOST_ITEMS);
  uint64_t count = strtoull(words[0], NULL, 10) / (uint64_t)batch * (uint64_t)batch, sum = 0, got = 0;
  queue *q = make_queue(strtoull(words[2], NULL, 10), 1);
  uint64_t *items = calloc((size_t)batch, sizeof *items);
  uint64_t began = now();
  for (uint64_t k = 0; k < count; k += (uint64_t)batch) {
    for (int i = 0; i < batch; i++) items[i] = k + (uint64_t)i;
    put(q, items, batch);
    got += (uint64_t)get(q, 0, batch, &sum);
  }
  return report(got, sum, count, count, 1, now() - began);
}

int main(int argc, char **argv) {
  if (argc == 5 && strcmp(argv[1], "pair") == 0) return pair(argv + 2);
  if (argc == 6) return across_processes(argv + 1);
  fprintf(stderr, "usage: prototype PRODUCERS CONSUMERS ITEMS BATCH RING_BYTES\n"
                  "       prototype pair ITEMS BATCH RING_BYTES\n");
  return 2;
}
