// What a worker leaves behind when it ends, and threads that await workers nobody waits for.
//
// Why C: such a thread runs beside a Swift program that may fork at any moment, so it must hold no
// lock and allocate nothing; the page of last words is shared by processes, so its layout is fixed.
#pragma once
#include <stdint.h>
#include <sys/types.h>

#include "ciq_process.h"

enum { ciq_last_words_limit = 4000 };

/// Written once by the worker, read by its parent also when the worker has been killed since.
typedef struct {
  uint32_t said;         // 0: nothing; else 1 + the number of bytes of text. Stored last.
  uint32_t reserved;
  uint64_t time;         // CLOCK_MONOTONIC, nanoseconds
  char text[ciq_last_words_limit];
} ciq_last_words;
_Static_assert(__builtin_offsetof(ciq_last_words, time) == 8, "layout");
_Static_assert(__builtin_offsetof(ciq_last_words, text) == 16, "layout");
_Static_assert(sizeof(ciq_last_words) == 4016, "fits into the smallest page");

/// Maps a page that children of fork share. Returns 0 or an errno.
int ciq_last_words_map(ciq_last_words *_Nullable *_Nonnull words);
void ciq_last_words_unmap(ciq_last_words *_Nonnull words);

/// Stores at most ciq_last_words_limit bytes.
void ciq_last_words_say(ciq_last_words *_Nonnull words, const char *_Nullable text, uint32_t bytes);

/// Copies the text to `text` (ciq_last_words_limit bytes). Returns its length, or -1 if there is
/// none or if the length is one that no worker writes.
int ciq_last_words_read(const ciq_last_words *_Nonnull words, char *_Nonnull text, uint64_t *_Nonnull time);

/// "SIGSEGV" for 11; NULL for a signal without a name of its own.
const char *_Nullable ciq_signal_name(int signal);

/// Writes one line to standard error if the worker failed, with one write(2). `who` is
/// "worker 3 (pid 123)". `forgiven` has bit n set if death by signal n is no failure.
void ciq_report_end(const char *_Nonnull who, const ciq_child_end *_Nonnull end,
                    const ciq_last_words *_Nonnull words, uint64_t forgiven);

/// Starts a detached thread that reaps `pid` and reports how it ended. The thread owns `words`.
/// Returns 0; or an errno, then the caller still owns them, and standard error says so.
int ciq_watch(pid_t pid, const char *_Nonnull who, ciq_last_words *_Nonnull words, uint64_t forgiven);

/// The number of this process's threads, without those of ciq_watch. Returns 0 or an errno.
int ciq_count_threads(uint64_t *_Nonnull threads);

/// pidfd_send_signal(2). Returns 0 or an errno.
int ciq_pidfd_signal(int descriptor, int signal);
