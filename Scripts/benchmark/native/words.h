// Words in shared memory, and sleeping on them.
#pragma once
#include <linux/futex.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LINE __attribute__((aligned(128)))
#define HALF_LINE __attribute__((aligned(64)))
#define RELAXED(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)
#define ACQUIRE(word) __atomic_load_n(&(word), __ATOMIC_ACQUIRE)
#define RELEASE(word, value) __atomic_store_n(&(word), (value), __ATOMIC_RELEASE)
#define EXCHANGE(word, value) __atomic_exchange_n(&(word), (value), __ATOMIC_SEQ_CST)
#define FENCE() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#if defined(__x86_64__)
#define PAUSE() __builtin_ia32_pause()
#else
#define PAUSE() __asm__ __volatile__("yield")
#endif

// Leaves with a message and the reason of the last system call that failed.
__attribute__((noreturn)) static inline void fail(const char *what) {
  perror(what);
  _exit(3);
}

static inline void *shared_memory(uint64_t bytes) {
  void *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  return memory;
}

static inline uint64_t nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}
static inline uint64_t now(void) { return nanoseconds(CLOCK_MONOTONIC); }
// For how long this process has run.
static inline uint64_t used(void) { return nanoseconds(CLOCK_PROCESS_CPUTIME_ID); }

static inline long futex_wake(uint32_t *word, int count) {
  return syscall(SYS_futex, word, FUTEX_WAKE, count, 0, 0, 0);
}

static inline long futex_sleep(uint32_t *word, uint32_t seen, long nanoseconds) {
  struct timespec time = {0, nanoseconds};
  return syscall(SYS_futex, word, FUTEX_WAIT, seen, nanoseconds ? &time : 0, 0, 0);
}

// Busy-waiting that gives the processor away now and then: there may be more processes than cores.
static inline void busy_wait(int *turns) {
  if (++*turns < 256) {
    PAUSE();
  } else {
    *turns = 0;
    sched_yield();
  }
}
