// Counts every allocation of the process: Swift cannot replace malloc.

#pragma once
#include <stdint.h>

/// How often malloc, calloc, realloc and the aligned ones were called by this thread.
uint64_t allocation_count(void);
