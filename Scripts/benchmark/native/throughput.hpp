// Moves items from all producers to all consumers.
//
// A queue is made in the parent; `open_producer` and `open_consumer` are called in the children. A
// queue that does not know its end is told: by the last producer, with one item for each consumer.
#pragma once
#include "control.hpp"

template <class Queue>
void produce(Queue &queue, Control &control, const Shape &shape, int me, uint64_t each) {
  auto &report = control.producers[me];
  std::vector<char> items((size_t)shape.batch * shape.bytes, 0x5a);
  control.wait_for_start();
  uint64_t before = used();
  report.began = now();
  for (uint64_t i = 0; i < each; i += (uint64_t)shape.batch) {
    if (shape.bytes == 8) {
      uint64_t *words = (uint64_t *)items.data();
      for (int k = 0; k < shape.batch; k++) words[k] = numbered(me, i + (uint64_t)k);
    } else {
      for (int k = 0; k < shape.batch; k++)
        stamp(items.data() + (uint64_t)k * shape.bytes, shape.bytes, numbered(me, i + (uint64_t)k));
    }
    if constexpr (Queue::batches) {
      queue.put(items.data(), shape.bytes, shape.batch);
    } else {
      queue.put(items.data(), shape.bytes);
    }
  }
  report.ended = now();
  report.used = used() - before;
  report.cpu = sched_getcpu();
  uint32_t done = Control::count(control.producers_done);
  if constexpr (Queue::knows_end) {
    queue.close_producer();
  } else if (!Queue::mesh && done == (uint32_t)shape.producers) {
    stamp(items.data(), shape.bytes, LAST);
    for (int k = 0; k < shape.consumers; k++) queue.put(items.data(), shape.bytes);
  }
}

// A mesh has no one place where an end could be put: its consumers stop when all have all.
template <class Queue>
uint64_t consume_mesh(Queue &queue, Control &control, const Shape &shape, int me, Check &check,
                      uint64_t total) {
  std::vector<char> item(shape.bytes);
  uint64_t last = now();
  for (;;) {
    if (queue.get(item.data(), shape.bytes)) {
      check.take(item.data(), shape.bytes);
      RELEASE(control.consumers[me].count, check.count);
      if (RELAXED(control.producers_done) == (uint32_t)shape.producers) last = now();
    } else {
      uint64_t seen = 0;
      for (int k = 0; k < shape.consumers; k++) seen += ACQUIRE(control.consumers[k].count);
      if (seen >= total) return last;
    }
  }
}

template <class Queue>
void consume(Queue &queue, Control &control, const Shape &shape, int me, uint64_t total) {
  auto &report = control.consumers[me];
  Check check{shape.producers == 1 && shape.consumers == 1};
  std::vector<char> item(shape.bytes);
  control.wait_for_start();
  uint64_t before = used();
  if constexpr (Queue::knows_end) {
    if (shape.bytes == 8) {
      while (queue.take(me, shape.batch, [&](const char *one) { check.take(*(uint64_t *)one); })) {}
    } else {
      while (queue.take(me, shape.batch, [&](const char *one) { check.take(one, shape.bytes); })) {}
    }
    report.ended = now();
  } else if constexpr (Queue::mesh) {
    report.ended = consume_mesh(queue, control, shape, me, check, total);
  } else if (shape.bytes == 8) {
    for (uint64_t number; queue.get(&number, 8), number != LAST;) check.take(number);
    report.ended = now();
  } else {
    while (queue.get(item.data(), shape.bytes), *(uint64_t *)item.data() != LAST)
      check.take(item.data(), shape.bytes);
    report.ended = now();
  }
  report.used = used() - before;
  report.cpu = sched_getcpu();
  report.sum = check.sum;
  report.wrong = check.wrong;
  RELEASE(report.count, check.count);
}

// Prints one line of JSON; returns the exit status.
template <class Queue>
int throughput(const Shape &shape) {
  auto &control = *Control::make();
  Queue queue(shape);
  const uint64_t batch = (uint64_t)shape.batch;
  const uint64_t each = shape.items / (uint64_t)shape.producers / batch * batch;
  const uint64_t total = each * (uint64_t)shape.producers;
  Children::watch(60);
  for (int i = 0; i < shape.consumers; i++)
    Children::fork([&] {
      queue.open_consumer(i);
      Control::count(control.opened);
      consume(queue, control, shape, i, total);
      control.wait_for_end(shape);
      queue.close();
    });
  for (int i = 0; i < shape.producers; i++)
    Children::fork([&] {
      if (Queue::mesh) Control::wait_until(control.opened, shape.consumers);
      queue.open_producer(i);
      produce(queue, control, shape, i, each);
      // libzmq would lose what is on its way if a producer closed while the receiver is behind.
      control.wait_for_end(shape);
      queue.close();
    });
  control.start_all(shape.producers + shape.consumers);
  bool well = Children::wait_all();

  uint64_t began = UINT64_MAX, ended = 0, count = 0, sum = 0, wrong = 0, right = 0, busy = 0;
  for (int i = 0; i < shape.producers; i++) {
    began = std::min(began, control.producers[i].began);
    busy += control.producers[i].used;
    if (Queue::mesh) ended = std::max(ended, control.producers[i].ended);
    right += each * (each - 1) / 2 + each * numbered(i, 0);
  }
  for (int i = 0; i < shape.consumers; i++) {
    ended = std::max(ended, control.consumers[i].ended);
    busy += control.consumers[i].used;
    count += control.consumers[i].count;
    sum += control.consumers[i].sum;
    wrong |= control.consumers[i].wrong;
  }
  if (!well || count != total || sum != right || wrong != 0) {
    fprintf(stderr, "wrong: %lu items of %lu, sum %lu, should be %lu%s%s\n", count, total, sum,
            right, wrong ? ", damaged or out of order" : "", well ? "" : ", a process failed");
    return 1;
  }
  printf("{\"items\": %lu, \"seconds\": %.9f, \"busy\": %.9f, \"capacity\": %lu, "
         "\"cpus\": [%d, %d]}\n",
         count, (double)(ended - began) * 1e-9, (double)busy * 1e-9, queue.capacity(),
         control.producers[0].cpu, control.consumers[0].cpu);
  return 0;
}
