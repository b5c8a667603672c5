// Who a process is, whether it lives, and making and awaiting children.
//
// Why C: MADV_WIPEONFORK needs one global word that Swift would not let us share; pidfd_open has no
// wrapper in glibc 2.35; Swift marks fork() unavailable; siginfo_t is a union that it cannot read.
#pragma once
#include <stdint.h>
#include <sys/types.h>

/// A process: start time (clock ticks since boot) << 22 | process id. 0 is nobody.
typedef uint64_t ciq_owner;

enum { ciq_pid_bits = 22 };

/// A page that the kernel clears in every child of fork, however it is called.
extern ciq_owner *_Nonnull ciq_self_page;
ciq_owner ciq_self_after_fork(void);

/// This process. One load, except for the first call in each process. 0 if /proc cannot be read.
static inline ciq_owner ciq_self(void) {
  ciq_owner self = __atomic_load_n(ciq_self_page, __ATOMIC_RELAXED);
  return __builtin_expect(self != 0, 1) ? self : ciq_self_after_fork();
}
static inline pid_t ciq_owner_pid(ciq_owner owner) {
  return (pid_t)(owner & ((1u << ciq_pid_bits) - 1));
}

typedef struct {
  char state;            // as in /proc/PID/stat: R S D T Z X ...
  uint64_t threads;
  uint64_t start_time;   // clock ticks since boot
} ciq_process_status;

/// Reads /proc/PID/stat (PID 0: this process). Returns 0 or an errno. From the first call on the
/// process keeps one spare descriptor, so that this works also when there are no others left.
int ciq_process_read(pid_t pid, ciq_process_status *_Nonnull status);

/// The identity of a child that has just been made. A child whose start time cannot be read any
/// more gets one that matches no process.
ciq_owner ciq_owner_of(pid_t pid);

/// The inode of /proc/self/ns/NAME, 0 where there is none.
uint64_t ciq_namespace(const char *_Nonnull name);

/// pidfd_open(2). Returns a descriptor, or -errno.
int ciq_pidfd_open(pid_t pid);

/// fork(2), after stdio is flushed, so that no line is written twice. Returns -errno on failure.
pid_t ciq_fork(void);

/// Leaves a forked child: flushes stdio, then _exit(2).
_Noreturn void ciq_leave(int status);

typedef struct {
  int ended;             // 0: still running
  int status;            // exit status, or -1
  int signal;            // the signal that killed it, or 0
  int core_dumped;
} ciq_child_end;

/// waitpid(2) for one child. `block` 0 returns at once. `keep` leaves it to be waited for again.
/// Returns 0 or an errno.
int ciq_child_wait(pid_t pid, int block, int keep, ciq_child_end *_Nonnull end);

/// This process gets `signal` when the thread that made it ends. Returns 0 or an errno; ESRCH if
/// `parent` has already gone.
int ciq_die_with_parent(int signal, pid_t parent);
