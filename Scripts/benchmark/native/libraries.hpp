// Peers from Debian; each is left out where its header is missing.
#pragma once
#include <string>

#include "queues.hpp"

// A name that no other queue of the machine has.
inline std::string unique_name(const char *prefix) {
  static int number = 0;
  return prefix + std::to_string(getpid()) + "-" + std::to_string(number++);
}

#if __has_include(<boost/interprocess/ipc/message_queue.hpp>)
#define HAS_BOOST 1
#include <boost/interprocess/ipc/message_queue.hpp>

struct Boost : Plain {
  using Queue = boost::interprocess::message_queue;
  std::string name = unique_name("queue-benchmark-");
  uint64_t items;
  pid_t maker = getpid();
  Queue *queue = nullptr;
  explicit Boost(const Shape &shape) : items(shape.capacity) {
    Queue made(boost::interprocess::create_only, name.c_str(), shape.capacity, shape.bytes);
  }
  ~Boost() {
    if (getpid() == maker) Queue::remove(name.c_str());
  }
  void open_producer(int) { open(); }
  void open_consumer(int) { open(); }
  void open() {
    if (!queue) queue = new Queue(boost::interprocess::open_only, name.c_str());
  }
  uint64_t capacity() { return items; }
  void put(const void *item, uint64_t bytes) { queue->send(item, bytes, 0); }
  bool get(void *item, uint64_t bytes) {
    Queue::size_type size;
    unsigned priority;
    queue->receive(item, bytes, size, priority);
    if (size != bytes) fail("size of a message");
    return true;
  }
};
#endif

#if __has_include(<zmq.h>) && !defined(WITHOUT_ZMQ)
#define HAS_ZMQ 1
#include <zmq.h>

// Every producer is connected to every consumer. The high-water mark is on each side, and the
// kernel's socket buffers lie between them, so it holds more than the others.
struct ZeroMQ : Plain {
  static constexpr bool mesh = true;
  std::string name = unique_name("ipc:///tmp/queue-benchmark-");
  int items, consumers;
  pid_t maker = getpid();
  void *context = nullptr, *push = nullptr, *pull = nullptr;
  explicit ZeroMQ(const Shape &shape) : items((int)shape.capacity), consumers(shape.consumers) {}
  ~ZeroMQ() {
    if (getpid() != maker) return;
    for (int i = 0; i < consumers; i++) unlink(address(i).c_str() + 6);
  }
  uint64_t capacity() { return (uint64_t)items * 2; }
  std::string address(int i) { return name + "-" + std::to_string(i); }
  void *socket(int kind, int limit) {
    if (!context) context = zmq_ctx_new();
    void *made = zmq_socket(context, kind);
    if (!made) fail("zmq_socket");
    zmq_setsockopt(made, limit, &items, sizeof items);
    return made;
  }
  void open_producer(int) {
    push = socket(ZMQ_PUSH, ZMQ_SNDHWM);
    for (int i = 0; i < consumers; i++)
      if (zmq_connect(push, address(i).c_str())) fail("zmq_connect");
  }
  void open_consumer(int me) {
    pull = socket(ZMQ_PULL, ZMQ_RCVHWM);
    int milliseconds = 5;
    zmq_setsockopt(pull, ZMQ_RCVTIMEO, &milliseconds, sizeof milliseconds);
    if (zmq_bind(pull, address(me).c_str())) fail("zmq_bind");
  }
  void put(const void *item, uint64_t bytes) {
    if (zmq_send(push, item, bytes, 0) != (int)bytes) fail("zmq_send");
  }
  bool get(void *item, uint64_t bytes) {
    int size = zmq_recv(pull, item, bytes, 0);
    if (size < 0 && errno == EAGAIN) return false;
    if (size != (int)bytes) fail("zmq_recv");
    return true;
  }
  void close() {
    if (push) zmq_close(push);
    if (pull) zmq_close(pull);
    zmq_ctx_term(context);
  }
};
#endif
