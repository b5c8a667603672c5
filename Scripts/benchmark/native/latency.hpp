// One item there and one back, over two queues; and put and get by turns in one thread.
#pragma once
#include "control.hpp"

template <class Queue>
void await(Queue &queue, uint64_t &number) {
  while (!queue.get(&number, 8)) {}
}

template <class Queue>
int ping_pong(const Shape &shape) {
  auto &control = *Control::make();
  Queue there(shape), back(shape);
  const uint64_t trips = shape.items, warm = std::min<uint64_t>(trips / 10 + 1, 1000);
  uint32_t *times = (uint32_t *)shared_memory((trips + warm) * sizeof *times);
  Children::watch(60);
  auto open = [&](Queue &out, Queue &in) {
    in.open_consumer(0);
    Control::count(control.opened);
    Control::wait_until(control.opened, 2);
    out.open_producer(0);
    control.wait_for_start();
  };
  auto close = [&] {
    control.consumers[0].cpu = sched_getcpu();
    control.wait_for_end(shape);
  };
  Children::fork([&] {
    open(there, back);
    uint64_t wrong = 0, before = now();
    for (uint64_t i = 0, number = 0; i < trips + warm; i++) {
      uint64_t sent = i + 1;
      there.put(&sent, 8);
      await(back, number);
      wrong |= number ^ sent;
      uint64_t time = now();
      times[i] = (uint32_t)std::min<uint64_t>(time - before, UINT32_MAX);
      before = time;
    }
    control.producers[0].wrong = wrong;
    control.producers[0].cpu = sched_getcpu();
    close();
  });
  Children::fork([&] {
    open(back, there);
    for (uint64_t i = 0, number = 0; i < trips + warm; i++) {
      await(there, number);
      back.put(&number, 8);
    }
    close();
  });
  control.start_all(2);
  if (!Children::wait_all() || control.producers[0].wrong) {
    fprintf(stderr, "wrong: an answer was not what was sent, or a process failed\n");
    return 1;
  }
  times += warm;
  double all = 0;
  for (uint64_t i = 0; i < trips; i++) all += times[i];
  std::sort(times, times + trips);
  printf("{\"items\": %lu, \"seconds\": %.9f, \"p50\": %u, \"p99\": %u, \"cpus\": [%d, %d]}\n",
         trips, all * 1e-9, times[trips / 2], times[trips * 99 / 100], control.producers[0].cpu,
         control.consumers[0].cpu);
  return 0;
}

template <class Queue>
int pair(const Shape &shape) {
  Queue queue(shape);
  queue.open_producer(0);
  queue.open_consumer(0);
  const uint64_t batch = (uint64_t)shape.batch, each = shape.items / batch * batch;
  std::vector<uint64_t> numbers(batch);
  Check check{true};
  uint64_t before = used(), began = now();
  for (uint64_t i = 0; i < each; i += batch) {
    for (uint64_t k = 0; k < batch; k++) numbers[k] = i + k;
    if constexpr (Queue::batches) {
      queue.put(numbers.data(), 8, (int)batch);
      queue.take(0, (int)batch, [&](const char *one) { check.take(*(const uint64_t *)one); });
    } else {
      for (uint64_t k = 0; k < batch; k++) queue.put(&numbers[k], 8);
      for (uint64_t k = 0, number; k < batch; k++) queue.get(&number, 8), check.take(number);
    }
  }
  uint64_t time = now() - began, busy = used() - before;
  if (check.count != each || check.wrong) {
    fprintf(stderr, "wrong: %lu items of %lu\n", check.count, each);
    return 1;
  }
  printf("{\"items\": %lu, \"seconds\": %.9f, \"busy\": %.9f}\n", each, (double)time * 1e-9,
         (double)busy * 1e-9);
  return 0;
}

// From nothing to the first item that came out of a forked process.
template <class Queue>
int start_up(const Shape &shape) {
  std::vector<uint64_t> times;
  Children::watch(60);
  for (uint64_t i = 0; i < shape.items; i++) {
    uint64_t began = now(), number = 0;
    Queue queue(shape);
    Children::fork([&] {
      queue.open_producer(0);
      uint64_t sent = 7;
      queue.put(&sent, 8);
    });
    queue.open_consumer(0);
    await(queue, number);
    times.push_back(now() - began);
    if (!Children::wait_all() || number != 7) return fprintf(stderr, "wrong: no item\n"), 1;
  }
  std::sort(times.begin(), times.end());
  printf("{\"items\": %lu, \"p50\": %lu, \"p99\": %lu}\n", shape.items, times[times.size() / 2],
         times[times.size() * 99 / 100]);
  return 0;
}
