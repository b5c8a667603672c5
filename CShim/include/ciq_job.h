// Starting the jobs of `iq map`, and ending them when `iq` itself is killed.
//
// Why C: between vfork and exec only async-signal-safe calls are allowed, which Swift cannot
// promise; posix_spawn can neither ask for a signal when the parent dies nor note a process group
// before the job runs; sigaction's handlers are a union that Swift cannot write.
#pragma once
#include <poll.h>
#include <stdint.h>
#include <sys/types.h>

/// The process groups of the jobs that run, shared with the guard. An entry is 0 or a group.
typedef struct {
  uint32_t capacity;
  int32_t groups[];
} ciq_job_table;

/// Maps a table for `capacity` jobs, and forks a guard that outlives this process: when it is gone
/// and the table still names groups, the guard kills them. Returns the guard's process id, or -errno.
pid_t ciq_job_guard(uint32_t capacity, ciq_job_table *_Nullable *_Nonnull table,
                    int *_Nonnull lifeline);

/// Starts `path` in a process group of its own, with standard input from `input`. The entry `slot`
/// of the table is set before the program runs. No signal is blocked, and those that
/// this process handles have their default effect.
/// Returns the process id, or -errno, also where exec failed.
pid_t ciq_job_start(const char *_Nonnull path, char *_Nullable const *_Nonnull arguments,
                    char *_Nullable const *_Nonnull environment, int input, int output, int error,
                    ciq_job_table *_Nonnull table, uint32_t slot);

/// pipe2(2), close-on-exec; the first descriptor is for reading and does not block. Returns 0 or an
/// errno. Here because Swift's Glibc lacks the functions that glibc declares for _GNU_SOURCE only.
int ciq_job_pipe(int *_Nonnull read_end, int *_Nonnull write_end);
/// Opens a file without a name in `folder` for output that takes too much memory. -errno on failure.
int ciq_job_spill_file(const char *_Nonnull folder);
/// fallocate(2): gives a part of it back to the file system, where that is possible.
void ciq_job_spill_free(int file, int64_t offset, int64_t count);

/// Takes a job that has ended, and has not been reaped, out of the table.
void ciq_job_clear(ciq_job_table *_Nonnull table, uint32_t slot);

typedef struct {
  pid_t pid;             // 0: none has ended
  int status;            // exit status, or -1
  int signal;            // the signal that killed it, or 0
} ciq_job_end;

/// Finds a child that has ended and leaves it to be reaped by ciq_job_reap, so that its number is
/// not used again yet. Does not wait. Returns 0 or an errno.
int ciq_job_ended(ciq_job_end *_Nonnull end);
void ciq_job_reap(pid_t pid);


enum { ciq_interruption_child = 1, ciq_interruption_stop = 2 };

/// From now on SIGINT, SIGTERM and SIGHUP, unless ignored already, are only noted; and, if
/// `children`, SIGCHLD and SIGTSTP too. They interrupt system calls. SIGPIPE is ignored.
void ciq_interruptions_note(int children);
/// How many signals have asked this process to end, and the first of them.
int ciq_interruptions_count(void);
int ciq_interruptions_signal(void);
/// What else was noted since the last call.
uint32_t ciq_interruptions_take(void);
/// poll(2) for at most `nanoseconds` (negative: without limit). Returns -EINTR at once when more
/// than `seen` signals have asked this process to end or, if `others`, anything else was noted.
/// Otherwise returns like poll, or -errno.
int ciq_interruptions_poll(struct pollfd *_Nullable descriptors, uint32_t count,
                           int64_t nanoseconds, int seen, int others);
/// Ends this process as `signal` does if nobody notes it.
_Noreturn void ciq_interruptions_die(int signal);
/// Stops this process as ^Z does. Returns when it goes on.
void ciq_interruptions_stop(void);
