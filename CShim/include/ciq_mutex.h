// Process-shared robust mutexes.
//
// Why C: the outcome of a robust lock has three cases that callers must tell apart, and glibc's
// PTHREAD_MUTEX_ROBUST is an enumerator that the preprocessor cannot see.
#pragma once
#include <errno.h>
#include <pthread.h>
#include <stdint.h>

typedef enum {
  ciq_acquired,       // the lock is held
  ciq_owner_died,     // the lock is held; repair what it protects, then ciq_mutex_consistent
  ciq_not_acquired,   // the deadline passed, or another thread holds it (trylock)
  ciq_unrecoverable,  // the lock's state is lost or its memory was overwritten
} ciq_acquisition;

/// Makes a process-shared robust mutex. Returns 0 or an errno.
static inline int ciq_mutex_init(pthread_mutex_t *_Nonnull mutex) {
  pthread_mutexattr_t attributes;
  int error = pthread_mutexattr_init(&attributes);
  if (error) return error;
  error = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  if (!error) error = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  if (!error) error = pthread_mutex_init(mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return error;
}

static inline ciq_acquisition ciq_mutex_outcome(int error) {
  switch (error) {
    case 0: return ciq_acquired;
    case EOWNERDEAD: return ciq_owner_died;
    case EBUSY: case ETIMEDOUT: return ciq_not_acquired;
    default: return ciq_unrecoverable;
  }
}
static inline ciq_acquisition ciq_mutex_lock(pthread_mutex_t *_Nonnull mutex) {
  int error = pthread_mutex_lock(mutex);
  return __builtin_expect(error == 0, 1) ? ciq_acquired : ciq_mutex_outcome(error);
}
static inline ciq_acquisition ciq_mutex_trylock(pthread_mutex_t *_Nonnull mutex) {
  return ciq_mutex_outcome(pthread_mutex_trylock(mutex));
}
/// pthread_mutex_clocklock(3). `deadline` is in nanoseconds of CLOCK_MONOTONIC.
ciq_acquisition ciq_mutex_lock_until(pthread_mutex_t *_Nonnull mutex, uint64_t deadline);
/// Like ciq_mutex_lock_until, with a deadline in `nanoseconds`; the clock is read only if it must wait.
ciq_acquisition ciq_mutex_lock_within(pthread_mutex_t *_Nonnull mutex, uint64_t nanoseconds);
static inline int ciq_mutex_consistent(pthread_mutex_t *_Nonnull mutex) {
  return pthread_mutex_consistent(mutex);
}
static inline int ciq_mutex_unlock(pthread_mutex_t *_Nonnull mutex) {
  return pthread_mutex_unlock(mutex);
}
