#include "include/ciq_crash_point.h"

#include <signal.h>
#include <unistd.h>

static struct {
  uint32_t visits;
  uint32_t visit;
  int signal;
  pid_t process;
} points[256];

void ciq_crash_point_arm(uint8_t point, int signal, uint32_t visit) {
  points[point].signal = signal;
  points[point].process = getpid();
  __atomic_store_n(&points[point].visits, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&points[point].visit, visit, __ATOMIC_RELEASE);
}

void ciq_crash_point_reached(uint8_t point) {
  uint32_t visits = __atomic_add_fetch(&points[point].visits, 1, __ATOMIC_RELAXED);
  if (visits == __atomic_load_n(&points[point].visit, __ATOMIC_ACQUIRE) &&
      getpid() == points[point].process) {
    kill(getpid(), points[point].signal);
  }
}

uint32_t ciq_crash_point_visits(uint8_t point) {
  return __atomic_load_n(&points[point].visits, __ATOMIC_RELAXED);
}
