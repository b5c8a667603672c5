#define _GNU_SOURCE
#include "include/ciq_segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/ciq_layout.h"

static int close_failed(int file) {
  int error = errno;
  close(file);
  return -error;
}

/// Beyond this limit ftruncate sends SIGXFSZ, which ends the process.
static int fits_file_limit(uint64_t bytes) {
  struct rlimit limit;
  return getrlimit(RLIMIT_FSIZE, &limit) != 0 || bytes <= limit.rlim_cur;
}

int ciq_segment_anonymous(const char *label, uint64_t bytes) {
  if (!fits_file_limit(bytes)) return -EFBIG;
  int file = memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return -errno;
  if (ftruncate(file, (off_t)bytes) < 0 || fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
    return close_failed(file);
  }
  return file;
}

int ciq_segment_unnamed(const char *folder, uint64_t bytes) {
  if (!fits_file_limit(bytes)) return -EFBIG;
  int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return -errno;
  return ftruncate(file, (off_t)bytes) < 0 ? close_failed(file) : file;
}

int ciq_segment_publish(int file, const char *path) {
  char own[32];
  snprintf(own, sizeof own, "/proc/self/fd/%d", file);
  return linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0 ? errno : 0;
}

int ciq_segment_exclusive(const char *path) {
  int file = open(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
  return file < 0 ? -errno : file;
}

int ciq_segment_extend(int file, uint64_t bytes) {
  if (!fits_file_limit(bytes)) return EFBIG;
  return ftruncate(file, (off_t)bytes) < 0 ? errno : 0;
}

int ciq_segment_open(const char *path) {
  // Not blocking, because the name may be that of a FIFO.
  int file = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  return file < 0 ? -errno : file;
}

int ciq_segment_reserve(int file, uint64_t offset, uint64_t bytes) {
  // In steps: a signal undoes the whole of an interrupted call.
  const uint64_t step = (uint64_t)16 << 20;
  while (bytes > 0) {
    uint64_t part = bytes < step ? bytes : step;
    int error;
    do error = posix_fallocate(file, (off_t)offset, (off_t)part); while (error == EINTR);
    if (error) return error;
    offset += part;
    bytes -= part;
  }
  return 0;
}

int ciq_segment_length(int file, uint64_t *bytes) {
  struct stat info;
  if (fstat(file, &info) < 0) return errno;
  *bytes = (uint64_t)info.st_size;
  return 0;
}

static int map_part(int file, char *base, uint64_t at, uint64_t offset, uint64_t bytes) {
  if (bytes == 0) return 0;
  void *part = mmap(base + at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, (off_t)offset);
  return part == MAP_FAILED ? errno : 0;
}

int ciq_segment_map(int file, uint64_t bytes, uint64_t ring_offset, uint64_t ring_bytes, void **base) {
  uint64_t ring_end = ring_offset + ring_bytes;
  char *space = mmap(NULL, bytes + ring_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (space == MAP_FAILED) return errno;
  int error = map_part(file, space, 0, 0, ring_end);
  if (!error) error = map_part(file, space, ring_end, ring_offset, ring_bytes);
  if (!error) error = map_part(file, space, ring_end + ring_bytes, ring_end, bytes - ring_end);
  if (error) {
    munmap(space, bytes + ring_bytes);
    return error;
  }
  *base = space;
  return 0;
}

int ciq_segment_unmap(void *base, uint64_t bytes, uint64_t ring_bytes) {
  return munmap(base, bytes + ring_bytes) < 0 ? errno : 0;
}
