// Files of shared memory and their mapping.
//
// Why C: memfd_create, the seals and O_TMPFILE hide behind _GNU_SOURCE, and the double mapping
// needs MAP_FIXED over one reservation in a single place that cannot be interleaved.
#pragma once
#include <stdint.h>
#include <sys/types.h>

/// An anonymous file of `bytes` bytes that nobody can shrink: memfd_create(2), F_SEAL_SHRINK.
/// Returns a descriptor, or -errno.
int ciq_segment_anonymous(const char *_Nonnull label, uint64_t bytes);

/// A file of `bytes` bytes in `folder` that has no name yet: open(2) with O_TMPFILE.
/// Returns a descriptor, or -errno.
int ciq_segment_unnamed(const char *_Nonnull folder, uint64_t bytes);
/// Gives such a file its name: linkat(2) through /proc/self/fd. Returns 0 or an errno.
int ciq_segment_publish(int file, const char *_Nonnull path);

/// Where there are no files without a name: an empty file that only its owner may read. Returns a
/// descriptor, or -errno.
int ciq_segment_exclusive(const char *_Nonnull path);
/// Makes the file `bytes` long: ftruncate(2). Returns 0 or an errno.
int ciq_segment_extend(int file, uint64_t bytes);

/// Opens a file that may be a queue, or anything: open(2), following no symbolic link.
/// Returns a descriptor, or -errno.
int ciq_segment_open(const char *_Nonnull path);

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
