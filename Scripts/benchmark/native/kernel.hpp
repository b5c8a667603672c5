// What the kernel offers: pipe, socket pair, POSIX message queue.
#pragma once
#include <fcntl.h>
#include <mqueue.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <string>

#include "queues.hpp"

// 64 KiB for words, as it comes; 1 MiB, the most that an ordinary user may have, for larger items.
struct Pipe : Plain {
  int ends[2];
  uint64_t bytes;
  explicit Pipe(const Shape &shape) {
    if (pipe(ends)) fail("pipe");
    if (shape.bytes > 8) fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    bytes = (uint64_t)fcntl(ends[1], F_GETPIPE_SZ);
  }
  uint64_t capacity() { return bytes; }
  void put(const void *item, uint64_t count) {
    for (const char *at = (const char *)item; count > 0;) {
      ssize_t written = write(ends[1], at, count);
      if (written < 0) fail("write");
      at += written;
      count -= (uint64_t)written;
    }
  }
  bool get(void *item, uint64_t count) {
    for (char *at = (char *)item; count > 0;) {
      ssize_t got = read(ends[0], at, count);
      if (got <= 0) fail("read");
      at += got;
      count -= (uint64_t)got;
    }
    return true;
  }
};

struct SocketPair : Plain {
  int ends[2];
  explicit SocketPair(const Shape &shape) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends)) fail("socketpair");
    int bytes = shape.bytes <= 1024 ? 4 << 20 : 32 << 20;
    for (int end : ends)
      if (setsockopt(end, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes))
        setsockopt(end, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
  uint64_t capacity() {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    getsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &bytes, &size);
    return (uint64_t)bytes;
  }
  void put(const void *item, uint64_t bytes) {
    if (send(ends[1], item, bytes, 0) != (ssize_t)bytes) fail("send");
  }
  bool get(void *item, uint64_t bytes) {
    if (recv(ends[0], item, bytes, 0) != (ssize_t)bytes) fail("recv");
    return true;
  }
};

// Its limits are 10 messages of 8 KiB unless root raises them, here in an IPC namespace of its own.
struct MessageQueue : Plain {
  mqd_t queue;
  uint64_t items;
  explicit MessageQueue(const Shape &shape) : items(shape.capacity) {
    if (shape.bytes >= 1024) items = std::min<uint64_t>(items, 512);
    if (shape.bytes >= 65536) items = 10;
    if (unshare(CLONE_NEWIPC) == 0) {
      limit("/proc/sys/fs/mqueue/msg_max", "65536");
      limit("/proc/sys/fs/mqueue/msgsize_max", "16777216");
      rlimit most{RLIM_INFINITY, RLIM_INFINITY};
      setrlimit(RLIMIT_MSGQUEUE, &most);
    } else {
      items = 10;
    }
    std::string name = "/queue-benchmark-" + std::to_string(getpid());
    mq_attr attributes{};
    attributes.mq_maxmsg = (long)items;
    attributes.mq_msgsize = (long)shape.bytes;
    queue = mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
    if (queue == (mqd_t)-1) fail("mq_open");
    mq_unlink(name.c_str());
  }
  uint64_t capacity() { return items; }
  void put(const void *item, uint64_t bytes) {
    if (mq_send(queue, (const char *)item, bytes, 0)) fail("mq_send");
  }
  bool get(void *item, uint64_t bytes) {
    if (mq_receive(queue, (char *)item, bytes, nullptr) != (ssize_t)bytes) fail("mq_receive");
    return true;
  }

 private:
  static void limit(const char *path, const char *value) {
    int file = open(path, O_WRONLY);
    if (file < 0 || write(file, value, strlen(value)) < 0) perror(path);
    close_file(file);
  }
  static void close_file(int file) { ::close(file); }
};
