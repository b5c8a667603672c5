// Runs one workload over one native peer and prints one line of JSON.
//
//   native-benchmark PEER throughput PRODUCERS CONSUMERS BYTES ITEMS CAPACITY RING BATCH
//   native-benchmark PEER ping-pong|pair|start-up ITEMS [CAPACITY RING BATCH]
//   native-benchmark sleepers idle PROCESSES
//   native-benchmark peers
#include <cstring>

#include "idle.hpp"
#include "kernel.hpp"
#include "latency.hpp"
#include "libraries.hpp"
#include "throughput.hpp"

template <class Queue>
int run(const char *workload, const Shape &shape) {
  if (!strcmp(workload, "throughput")) return throughput<Queue>(shape);
  if (!strcmp(workload, "ping-pong")) return ping_pong<Queue>(shape);
  if constexpr (!Queue::mesh) {
    if (!strcmp(workload, "pair")) return pair<Queue>(shape);
    if (!strcmp(workload, "start-up")) return start_up<Queue>(shape);
  }
  return fprintf(stderr, "no such workload for this peer: %s\n", workload), 2;
}

template <class Queue>
int run_word(const char *workload, const Shape &shape) {
  if (!strcmp(workload, "ping-pong")) return ping_pong<Queue>(shape);
  return fprintf(stderr, "a word is only for ping-pong\n"), 2;
}

int main(int argc, char **argv) {
  const char *names[] = {
    "prototype", "single-ring", "many-ring", "futex-word", "cache-line", "sleepers",
    "pipe", "seqpacket", "mq",
#ifdef HAS_BOOST
    "boost",
#endif
#ifdef HAS_ZMQ
    "zmq",
#endif
  };
  if (argc == 2 && !strcmp(argv[1], "peers")) {
    for (const char *name : names) puts(name);
    return 0;
  }
  if (argc < 4) return fprintf(stderr, "usage: native-benchmark PEER WORKLOAD NUMBERS…\n"), 2;
  const char *peer = argv[1], *workload = argv[2];
  bool across = !strcmp(workload, "throughput");
  if (across && argc != 10) return fprintf(stderr, "throughput needs seven numbers\n"), 2;
  auto number = [&](int at, uint64_t otherwise) {
    return at < argc ? strtoull(argv[at], nullptr, 10) : otherwise;
  };
  Shape shape;
  int at = 3;
  if (across) {
    shape.producers = (int)number(at++, 1);
    shape.consumers = (int)number(at++, 1);
    shape.bytes = number(at++, 8);
  }
  shape.items = number(at++, 1);
  shape.capacity = number(at++, 1024);
  shape.ring = number(at++, 1 << 20);
  shape.batch = (int)number(at++, 1);
  if (shape.producers < 1 || shape.consumers < 1 || shape.producers > MOST_PROCESSES ||
      shape.consumers > MOST_PROCESSES || shape.bytes < 8 || shape.bytes % 8 || shape.batch < 1)
    return fprintf(stderr, "a number is outside its limits\n"), 2;

  auto is = [&](const char *name) { return !strcmp(peer, name); };
  if (is("prototype")) return run<Prototype>(workload, shape);
  if (is("single-ring")) return run<SingleRing>(workload, shape);
  if (is("many-ring")) return run<ManyRing>(workload, shape);
  if (is("futex-word")) return run_word<FutexWord>(workload, shape);
  if (is("cache-line")) return run_word<CacheLine>(workload, shape);
  if (is("sleepers") && !strcmp(workload, "idle")) return sleepers(shape);
  if (is("pipe")) return run<Pipe>(workload, shape);
  if (is("seqpacket")) return run<SocketPair>(workload, shape);
  if (is("mq")) return run<MessageQueue>(workload, shape);
#ifdef HAS_BOOST
  if (is("boost")) return run<Boost>(workload, shape);
#endif
#ifdef HAS_ZMQ
  if (is("zmq")) return run<ZeroMQ>(workload, shape);
#endif
  return fprintf(stderr, "no such peer here: %s\n", peer), 2;
}
