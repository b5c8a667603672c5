#include "include/ciq_thread.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

static int has_barriers;

static int membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0) ? errno : 0; }

// Here, because in a process that has threads the kernel takes some 10 ms for it. Children of fork inherit it.
__attribute__((constructor)) static void ask_for_barriers(void) {
  has_barriers = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

int ciq_has_barriers(void) { return has_barriers; }

int ciq_barrier_in_all_threads(void) { return membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED); }
