// Files of shared memory and their mapping.
//
// Why C: memfd_create and the seals hide behind _GNU_SOURCE, and the double mapping needs
// MAP_FIXED over one reservation in a single place that cannot be interleaved.
#pragma once
#include <stdint.h>
#include <sys/types.h>

/// An anonymous file of `bytes` bytes that nobody can shrink: memfd_create(2), F_SEAL_SHRINK.
/// Returns a descriptor, or -errno.
int ciq_segment_anonymous(const char *_Nonnull label, uint64_t bytes);

/// Reserves storage for a range of the file: posix_fallocate(3). Returns 0 or an errno.
int ciq_segment_reserve(int file, uint64_t offset, uint64_t bytes);

/// The file's length in bytes. Returns 0 or an errno.
int ciq_segment_length(int file, uint64_t *_Nonnull bytes);

/// Maps the whole file, with `ring_bytes` at `ring_offset` mapped twice back to back: what follows
/// the ring in the file is found `ring_bytes` further in memory. Returns 0 or an errno.
int ciq_segment_map(int file, uint64_t bytes, uint64_t ring_offset, uint64_t ring_bytes,
                    void *_Nullable *_Nonnull base);
/// Undoes ciq_segment_map; `bytes` is the file's length. Returns 0 or an errno.
int ciq_segment_unmap(void *_Nonnull base, uint64_t bytes, uint64_t ring_bytes);
