#define _GNU_SOURCE
#include "ciq_job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void guard(const ciq_job_table *table, int lifeline) {
  setpgid(0, 0);
  prctl(PR_SET_NAME, "iq-guard");
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  // Whoever reads our output must not wait for this process as well.
  dup2(lifeline, 0);
  if (syscall(SYS_close_range, 1u, ~0u, 0u) != 0)
    for (int descriptor = 1; descriptor < 1024; descriptor++) close(descriptor);
  char byte;
  while (read(0, &byte, 1) == -1 && errno == EINTR) {}
  for (uint32_t slot = 0; slot < table->capacity; slot++) {
    int32_t group = __atomic_load_n(&table->groups[slot], __ATOMIC_ACQUIRE);
    if (group > 0) kill(-group, SIGKILL);
  }
  _exit(0);
}

pid_t ciq_job_guard(uint32_t capacity, ciq_job_table **table, int *lifeline) {
  size_t bytes = sizeof(ciq_job_table) + (size_t)capacity * sizeof(int32_t);
  ciq_job_table *shared =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return -errno;
  shared->capacity = capacity;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    int code = errno;
    munmap(shared, bytes);
    return -code;
  }
  pid_t child = fork();
  if (child == 0) {
    close(ends[1]);
    guard(shared, ends[0]);
  }
  int code = errno;
  close(ends[0]);
  if (child < 0) {
    close(ends[1]);
    munmap(shared, bytes);
    return -code;
  }
  *table = shared;
  *lifeline = ends[1];
  return child;
}

pid_t ciq_job_start(const char *path, char *const *arguments, char *const *environment, int input,
                    int output, int error, ciq_job_table *table, uint32_t slot) {
  pid_t parent = getpid();
  volatile int failure = 0;
  sigset_t all, before;
  sigfillset(&all);
  // Our handlers must not run in the child, which shares our memory.
  sigprocmask(SIG_SETMASK, &all, &before);
  pid_t child = vfork();
  if (child == 0) {
    setpgid(0, 0);
    __atomic_store_n(&table->groups[slot], getpid(), __ATOMIC_RELEASE);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    dup2(input, 0);
    dup2(output, 1);
    dup2(error, 2);
    struct sigaction unset = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++) {
      struct sigaction action;
      if (sigaction(signal, NULL, &action) != 0 || action.sa_handler == SIG_DFL) continue;
      if (action.sa_handler != SIG_IGN || signal == SIGPIPE) sigaction(signal, &unset, NULL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(path, arguments, environment);
    failure = errno;
    _exit(127);
  }
  int code = errno;
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (child < 0) return -code;
  if (failure == 0) return child;
  ciq_job_clear(table, slot);
  ciq_job_reap(child);
  return -failure;
}

void ciq_job_clear(ciq_job_table *table, uint32_t slot) {
  __atomic_store_n(&table->groups[slot], 0, __ATOMIC_RELEASE);
}

int ciq_job_pipe(int *read_end, int *write_end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  *read_end = ends[0];
  *write_end = ends[1];
  return 0;
}

int ciq_job_spill_file(const char *folder) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s/iq-XXXXXX", folder) >= (int)sizeof path) return -ENAMETOOLONG;
  int file = mkostemp(path, O_CLOEXEC);
  if (file < 0) return -errno;
  unlink(path);
  return file;
}

void ciq_job_spill_free(int file, int64_t offset, int64_t count) {
  (void)fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, count);
}

int ciq_job_ended(ciq_job_end *end) {
  siginfo_t info = {0};
  if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno != ECHILD) return errno;
  end->pid = info.si_pid;
  end->status = info.si_code == CLD_EXITED ? info.si_status : -1;
  end->signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
  return 0;
}

void ciq_job_reap(pid_t pid) {
  while (waitpid(pid, NULL, 0) == -1 && errno == EINTR) {}
}

static int endings;
static int first_ending;
static uint32_t noted;
static sigset_t held;

static void note(int signal) {
  if (signal == SIGCHLD) {
    __atomic_fetch_or(&noted, ciq_interruption_child, __ATOMIC_RELAXED);
  } else if (signal == SIGTSTP) {
    __atomic_fetch_or(&noted, ciq_interruption_stop, __ATOMIC_RELAXED);
  } else {
    if (first_ending == 0) first_ending = signal;
    __atomic_fetch_add(&endings, 1, __ATOMIC_RELAXED);
  }
}

static void install(int signal, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler};
  sigaction(signal, &action, NULL);
}

void ciq_interruptions_note(int children) {
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGTSTP};
  sigemptyset(&held);
  for (size_t index = 0; index < (children ? 5 : 3); index++) {
    struct sigaction before;
    sigaction(signals[index], NULL, &before);
    // An ignored SIGCHLD would reap our children.
    if (before.sa_handler == SIG_IGN && signals[index] != SIGCHLD) continue;
    install(signals[index], note);
    sigaddset(&held, signals[index]);
  }
  install(SIGPIPE, SIG_IGN);
}

int ciq_interruptions_count(void) { return __atomic_load_n(&endings, __ATOMIC_RELAXED); }

int ciq_interruptions_signal(void) { return first_ending; }

uint32_t ciq_interruptions_take(void) { return __atomic_exchange_n(&noted, 0, __ATOMIC_RELAXED); }

int ciq_interruptions_poll(struct pollfd *descriptors, uint32_t count, int64_t nanoseconds,
                           int seen, int others) {
  sigset_t before;
  sigprocmask(SIG_BLOCK, &held, &before);
  int result = -EINTR;
  if (ciq_interruptions_count() <= seen &&
      !(others && __atomic_load_n(&noted, __ATOMIC_RELAXED))) {
    struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    result = ppoll(descriptors, count, nanoseconds < 0 ? NULL : &limit, &before);
    if (result < 0) result = -errno;
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  return result;
}

void ciq_interruptions_die(int signal) {
  install(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  raise(signal);
  _exit(128 + signal);
}

void ciq_interruptions_stop(void) {
  install(SIGTSTP, SIG_DFL);
  raise(SIGTSTP);
  install(SIGTSTP, note);
}
