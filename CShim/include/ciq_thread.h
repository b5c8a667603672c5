// Which thread runs, a pause for it, and a memory barrier in all the others.
//
// Why C: membarrier(2) has no wrapper in glibc, the thread pointer is a builtin of the compiler, and Swift
// has no fence for the compiler alone.
#pragma once
#include <stdint.h>

/// The thread that runs: another one's may be the same once it has ended. An address, so no small number.
static inline uint64_t ciq_thread(void) { return (uint64_t)(uintptr_t)__builtin_thread_pointer(); }

/// Tells the processor that the thread looks again and again.
static inline void ciq_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

/// Keeps the compiler from moving loads and stores across it. No instruction.
static inline void ciq_compiler_barrier(void) { __asm__ volatile("" ::: "memory"); }

/// Whether ciq_barrier_in_all_threads can be used.
int ciq_has_barriers(void);

/// A full barrier in every thread of the process that runs, as MEMBARRIER_CMD_PRIVATE_EXPEDITED of
/// membarrier(2): their stores before it are visible afterwards, and their loads after it see what the
/// caller had stored. Some microseconds. Returns 0 or an errno.
int ciq_barrier_in_all_threads(void);
