// Starting another program, and what its library and this one share.
//
// Why C: the file actions and attributes of posix_spawn are opaque structs that C initialises in
// place, addchdir_np hides behind _GNU_SOURCE, and the page of last words has a fixed layout.
#pragma once
#include <stdint.h>
#include <sys/types.h>

#include "ciq_worker.h"

enum { ciq_stream_inherited = -1, ciq_stream_null = -2 };

/// posix_spawnp(3), with no signal blocked, and each one's default action. `folder` is the program's
/// working directory, NULL for this one's. `kept` are descriptors, from 3 on, that the program has
/// under the same numbers; `streams` are what become its 0, 1 and 2. Returns 0 or an errno.
int ciq_spawn(pid_t *_Nonnull child, const char *_Nonnull path, char *_Nullable const *_Nonnull arguments,
              char *_Nullable const *_Nonnull environment, const char *_Nullable folder,
              const int *_Nullable kept, int kept_count, const int *_Nonnull streams);

/// Maps a page of last words that another program can open. Returns its descriptor, or -errno.
int ciq_last_words_share(ciq_last_words *_Nullable *_Nonnull words);
/// Maps the page behind such a descriptor. Returns 0 or an errno.
int ciq_last_words_open(int descriptor, ciq_last_words *_Nullable *_Nonnull words);

/// A descriptor for the same file, from 3 on, that the next program does not inherit: fcntl(2) with
/// F_DUPFD_CLOEXEC. Returns -errno on failure.
int ciq_descriptor_copy(int descriptor);
/// Lets the next program not inherit a descriptor: fcntl(2) with FD_CLOEXEC.
void ciq_descriptor_keep(int descriptor);
