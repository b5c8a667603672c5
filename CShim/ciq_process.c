#define _GNU_SOURCE
#include "include/ciq_process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static ciq_owner fallback_page;
ciq_owner *ciq_self_page = &fallback_page;

static void forget_self(void) { __atomic_store_n(ciq_self_page, 0, __ATOMIC_RELAXED); }

__attribute__((constructor)) static void make_self_page(void) {
  size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
  void *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page != MAP_FAILED && madvise(page, bytes, MADV_WIPEONFORK) == 0) {
    ciq_self_page = page;
  } else {
    pthread_atfork(NULL, NULL, forget_self);
  }
}

// A descriptor kept for a process that has run out of them, which must still tell the dead from the
// living: its number, with the inode that it had above. Somebody who closes what it did not open may
// have given the number to another file. -1: there is none, or another thread is using it.
static int64_t spare = -1;

static void keep_spare(void) {
  int64_t none = -1;
  if (__atomic_load_n(&spare, __ATOMIC_RELAXED) != none) return;
  int file = memfd_create("iterable-queue-spare", MFD_CLOEXEC);
  struct stat info;
  if (file < 0) return;
  if (fstat(file, &info) < 0 ||
      !__atomic_compare_exchange_n(
        &spare, &none, ((int64_t)info.st_ino & INT32_MAX) << 32 | file, 0, __ATOMIC_RELAXED,
        __ATOMIC_RELAXED)) {
    close(file);
  }
}

/// Makes one descriptor free. Returns 0 if there was none to give.
static int free_spare(void) {
  int64_t kept = __atomic_exchange_n(&spare, -1, __ATOMIC_RELAXED);
  struct stat info;
  if (kept < 0 || fstat((int)kept, &info) < 0 || ((int64_t)info.st_ino & INT32_MAX) != kept >> 32) {
    return 0;
  }
  return close((int)kept) == 0;
}

int ciq_process_read(pid_t pid, ciq_process_status *status) {
  char path[32], text[1024];
  if (pid == 0) {
    strcpy(path, "/proc/self/stat");
  } else {
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  }
  int file;
  do {
    file = open(path, O_RDONLY | O_CLOEXEC);
  } while (file < 0 && (errno == EINTR || ((errno == EMFILE || errno == ENFILE) && free_spare())));
  if (file < 0) return errno;
  ssize_t count;
  do count = read(file, text, sizeof text - 1); while (count < 0 && errno == EINTR);
  int error = errno;
  close(file);
  keep_spare();
  if (count < 0) return error;
  text[count] = 0;
  // The second field is the command's name in parentheses, which may hold anything.
  const char *rest = strrchr(text, ')');
  unsigned long long threads, start_time;
  if (!rest ||
      sscanf(rest + 1, " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %*s %llu",
             &status->state, &threads, &start_time) != 3) {
    return EPROTO;
  }
  status->threads = threads;
  status->start_time = start_time;
  return 0;
}

static ciq_owner make_owner(pid_t pid, uint64_t start_time) {
  return start_time << ciq_pid_bits | (ciq_owner)pid;
}

ciq_owner ciq_self_after_fork(void) {
  ciq_process_status status;
  if (ciq_process_read(0, &status)) return 0;
  ciq_owner self = make_owner(getpid(), status.start_time);
  __atomic_store_n(ciq_self_page, self, __ATOMIC_RELAXED);
  return self;
}

ciq_owner ciq_owner_of(pid_t pid) {
  ciq_process_status status;
  uint64_t no_start_time = ((uint64_t)1 << (64 - ciq_pid_bits)) - 1;
  return make_owner(pid, ciq_process_read(pid, &status) ? no_start_time : status.start_time);
}

uint64_t ciq_namespace(const char *name) {
  char path[64];
  struct stat info;
  snprintf(path, sizeof path, "/proc/self/ns/%s", name);
  return stat(path, &info) ? 0 : (uint64_t)info.st_ino;
}

int ciq_pidfd_open(pid_t pid) {
  int file = (int)syscall(SYS_pidfd_open, pid, 0);
  return file < 0 ? -errno : file;
}

pid_t ciq_fork(void) {
  fflush(NULL);
  pid_t pid = fork();
  return pid < 0 ? -errno : pid;
}

void ciq_leave(int status) {
  fflush(NULL);
  _exit(status);
}

int ciq_child_wait(pid_t pid, int block, int keep, ciq_child_end *end) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  int result;
  do {
    result = waitid(P_PID, (id_t)pid, &info, WEXITED | (block ? 0 : WNOHANG) | (keep ? WNOWAIT : 0));
  } while (result < 0 && errno == EINTR);
  if (result < 0) return errno;
  int killed = info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
  end->ended = info.si_pid == pid;
  end->status = killed ? -1 : info.si_status;
  end->signal = killed ? info.si_status : 0;
  end->core_dumped = info.si_code == CLD_DUMPED;
  return 0;
}

int ciq_die_with_parent(int signal, pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, signal) < 0) return errno;
  return getppid() == parent ? 0 : ESRCH;
}
