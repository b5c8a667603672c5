#define _GNU_SOURCE
#include "include/ciq_mutex.h"

#include <time.h>

#include "include/ciq_wait.h"

ciq_acquisition ciq_mutex_lock_until(pthread_mutex_t *mutex, uint64_t deadline) {
  int error = pthread_mutex_trylock(mutex);
  if (error == EBUSY) {
    struct timespec until = {(time_t)(deadline / 1000000000u), (long)(deadline % 1000000000u)};
    error = pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &until);
  }
  return ciq_mutex_outcome(error);
}

ciq_acquisition ciq_mutex_lock_within(pthread_mutex_t *mutex, uint64_t nanoseconds) {
  int error = pthread_mutex_trylock(mutex);
  return error == EBUSY ? ciq_mutex_lock_until(mutex, ciq_now() + nanoseconds) : ciq_mutex_outcome(error);
}
