// Processes that do nothing but sleep, as often as ours do while they wait: what idling costs at least.
#pragma once
#include "control.hpp"

inline int sleepers(const Shape &shape) {
  constexpr uint64_t LOOK = 48000000, WATCH = 4 * LOOK, SECONDS = 10;
  auto &control = *Control::make();
  auto &word = *(uint32_t *)shared_memory(sizeof(uint32_t));
  const int processes = (int)shape.items;
  if (processes > MOST_PROCESSES) return fprintf(stderr, "too many processes\n"), 2;
  Children::watch(60);
  for (int i = 0; i < processes; i++) {
    Children::fork([&, i] {
      control.wait_for_start();
      uint64_t before = used(), end = now() + SECONDS * 1000000000;
      // Of two queues, each with one that looks more often.
      uint64_t slice = i < 2 ? LOOK : WATCH;
      for (uint64_t time = now(); time < end; time = now())
        futex_sleep(&word, 0, (long)((time / slice + 1) * slice - time));
      control.consumers[i].used = used() - before;
    });
  }
  control.start_all(processes);
  if (!Children::wait_all()) return fprintf(stderr, "wrong: a process failed\n"), 1;
  uint64_t all = 0;
  for (int i = 0; i < processes; i++) all += control.consumers[i].used;
  printf("{\"items\": %d, \"seconds\": %lu, \"percent\": %.9f}\n", processes, SECONDS,
         (double)all / (double)SECONDS / 1e7);
  return 0;
}
