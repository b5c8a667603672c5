// Waiting on 32-bit words in shared memory.
//
// Why C: the futex system call has no wrapper in glibc, and Swift does not import the variadic
// syscall(2). Condition variables and semaphores do not survive the death of a waiter.
#pragma once
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// Sleeps while `*word == expected`, until `deadline` (CLOCK_MONOTONIC, nanoseconds).
/// Returns 0 when woken, or ETIMEDOUT, EAGAIN (the word differed), EINTR.
static inline int ciq_futex_wait(const uint32_t *_Nonnull word, uint32_t expected, uint64_t deadline) {
  struct timespec until = {(time_t)(deadline / 1000000000u), (long)(deadline % 1000000000u)};
  long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, &until, 0, FUTEX_BITSET_MATCH_ANY);
  return result == 0 ? 0 : errno;
}
/// Wakes up to `count` waiters. Returns how many it woke.
static inline int ciq_futex_wake(const uint32_t *_Nonnull word, int count) {
  long result = syscall(SYS_futex, word, FUTEX_WAKE, count, 0, 0, 0);
  return result < 0 ? 0 : (int)result;
}
/// CLOCK_MONOTONIC in nanoseconds.
static inline uint64_t ciq_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
/// CLOCK_REALTIME in nanoseconds since 1970.
static inline uint64_t ciq_realtime(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
