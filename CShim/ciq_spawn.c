#define _GNU_SOURCE
#include "include/ciq_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int ciq_descriptor_copy(int descriptor) {
  int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  return copy < 0 ? -errno : copy;
}

void ciq_descriptor_keep(int descriptor) { fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

/// Says what becomes of the descriptors. `copies` are closed by the caller, who set them to -1.
static int add_descriptors(posix_spawn_file_actions_t *actions, const int *kept, int kept_count,
                           const int *streams, int *copies) {
  // Copied first: one stream may be another's number.
  for (int stream = 0; stream < 3; stream++) {
    if (streams[stream] < 0) continue;
    copies[stream] = ciq_descriptor_copy(streams[stream]);
    if (copies[stream] < 0) return -copies[stream];
  }
  for (int stream = 0; stream < 3; stream++) {
    int error = 0;
    if (streams[stream] == ciq_stream_null) {
      error = posix_spawn_file_actions_addopen(actions, stream, "/dev/null", O_RDWR, 0);
    } else if (streams[stream] >= 0) {
      error = posix_spawn_file_actions_adddup2(actions, copies[stream], stream);
    }
    if (error) return error;
  }
  for (int i = 0; i < kept_count; i++) {
    // To itself: that takes close-on-exec away, in the child only.
    int error = posix_spawn_file_actions_adddup2(actions, kept[i], kept[i]);
    if (error) return error;
  }
  return 0;
}

int ciq_spawn(pid_t *child, const char *path, char *const *arguments, char *const *environment,
              const char *folder, const int *kept, int kept_count, const int *streams) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (error) {
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  int copies[3] = {-1, -1, -1};
  error = add_descriptors(&actions, kept, kept_count, streams, copies);
  if (!error && folder) error = posix_spawn_file_actions_addchdir_np(&actions, folder);
  if (!error) error = posix_spawnp(child, path, &actions, &attributes, arguments, environment);
  for (int stream = 0; stream < 3; stream++) {
    if (copies[stream] >= 0) close(copies[stream]);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

static int map_words(int descriptor, ciq_last_words **words) {
  void *page = mmap(NULL, sizeof **words, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (page == MAP_FAILED) return errno;
  *words = page;
  return 0;
}

int ciq_last_words_share(ciq_last_words **words) {
  int file = memfd_create("iterable-queue-last-words", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return -errno;
  int error = posix_fallocate(file, 0, sizeof **words);
  if (!error && fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK) < 0) error = errno;
  if (!error) error = map_words(file, words);
  if (!error) return file;
  close(file);
  return -error;
}

int ciq_last_words_open(int descriptor, ciq_last_words **words) {
  struct stat info;
  if (fstat(descriptor, &info) < 0) return errno;
  if (info.st_size != sizeof **words) return EINVAL;
  // Only a page that nobody can shrink: writing to it must not raise SIGBUS.
  int seals = fcntl(descriptor, F_GET_SEALS);
  if (seals < 0 || !(seals & F_SEAL_SHRINK)) return EINVAL;
  return map_words(descriptor, words);
}
