// What the processes of one run share: the start, and what each of them saw.
#pragma once
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "words.h"

// What is moved. `capacity` is in items, for queues that count them; `ring` in bytes.
struct Shape {
  int producers = 1, consumers = 1;
  uint64_t bytes = 8, items = 0, capacity = 4096, ring = 1 << 20;
  int batch = 1;
};

constexpr int MOST_PROCESSES = 128;

struct Control {
  struct alignas(128) Report {
    uint64_t began, ended, used, count, sum, wrong;
    int cpu;
  };
  alignas(128) uint32_t start;
  alignas(128) uint32_t ready, opened, producers_done;
  alignas(128) uint32_t finished, over;
  Report producers[MOST_PROCESSES], consumers[MOST_PROCESSES];

  static Control *make() { return new (shared_memory(sizeof(Control))) Control(); }

  // Every process checks in; then all start at once, so that forking is not timed.
  void wait_for_start() {
    count(ready);
    while (!ACQUIRE(start)) futex_sleep(&start, 0, 0);
  }

  void start_all(int processes) {
    wait_until(ready, processes);
    usleep(20000);
    RELEASE(start, 1u);
    futex_wake(&start, INT32_MAX);
  }

  // Nobody leaves before all have finished, so that leaving is not timed.
  void wait_for_end(const Shape &shape) {
    if (count(finished) == (uint32_t)(shape.producers + shape.consumers)) {
      RELEASE(over, 1u);
      futex_wake(&over, INT32_MAX);
    }
    while (!ACQUIRE(over)) futex_sleep(&over, 0, 0);
  }

  static uint32_t count(uint32_t &word) {
    return __atomic_add_fetch(&word, 1, __ATOMIC_SEQ_CST);
  }
  static void wait_until(uint32_t &word, int value) {
    while (ACQUIRE(word) < (uint32_t)value) usleep(500);
  }
};

// Keeps this process, number `number` of a run, on a processor of its own, if the run wants that: of
// those that BENCHMARK_APART names, separated by commas.
inline void stay_apart(size_t number) {
  const char *names = getenv("BENCHMARK_APART");
  if (!names) return;
  std::vector<int> cpus;
  for (char *rest = (char *)names; *rest; rest += *rest == ',') cpus.push_back((int)strtol(rest, &rest, 10));
  cpu_set_t mine;
  CPU_ZERO(&mine);
  CPU_SET(cpus[number % cpus.size()], &mine);
  if (sched_setaffinity(0, sizeof mine, &mine) != 0) fail("sched_setaffinity");
}

// The processes of a run; they are killed if it takes too long.
class Children {
 public:
  template <class Body>
  static void fork(Body body) {
    pid_t child = ::fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      signal(SIGALRM, SIG_DFL);
      stay_apart(all().size());
      body();
      _exit(0);
    }
    all().push_back(child);
  }
  static void watch(unsigned seconds) {
    signal(SIGALRM, [](int) {
      for (pid_t child : all()) kill(child, SIGKILL);
      fprintf(stderr, "killed: the run took too long\n");
      _exit(4);
    });
    alarm(seconds);
  }
  // Returns whether all ended well.
  static bool wait_all() {
    bool well = true;
    for (pid_t child : all()) {
      int status = 0;
      waitpid(child, &status, 0);
      if (status != 0) well = false;
    }
    all().clear();
    return well;
  }

 private:
  static std::vector<pid_t> &all() {
    static std::vector<pid_t> children;
    return children;
  }
};

// An item's number: whose it is, and which. Large items hold it in the first word of every page and
// in their last word, so that both sides touch all of their memory.
constexpr uint64_t LAST = ~(uint64_t)0;
inline uint64_t numbered(int producer, uint64_t i) { return (uint64_t)producer << 40 | i; }

inline void stamp(char *item, uint64_t bytes, uint64_t number) {
  for (uint64_t at = 0; at + 8 <= bytes; at += 4096) *(uint64_t *)(item + at) = number;
  *(uint64_t *)(item + bytes - 8) = number;
}

// Takes the items' numbers: between one producer and one consumer each must be the next.
struct Check {
  bool ordered;
  uint64_t count = 0, sum = 0, wrong = 0;

  void take(const char *item, uint64_t bytes) {
    uint64_t number = *(const uint64_t *)item;
    for (uint64_t at = 4096; at + 8 <= bytes; at += 4096)
      wrong |= *(const uint64_t *)(item + at) ^ number;
    wrong |= *(const uint64_t *)(item + bytes - 8) ^ number;
    take(number);
  }
  void take(uint64_t number) {
    if (ordered) wrong |= number ^ count;
    sum += number;
    count++;
  }
};
