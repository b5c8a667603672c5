/* deinit that cannot have the registry lock: it stores owner := nobody, and whoever reaps frees the slot.
 *
 * The owner drops its last reference to a producer; a process that may be stopped holds the registry
 * lock, so that `release(.briefly)` may give up at any time. With INHERITED, a child made by a plain
 * fork() may claim its copy meanwhile (Worker.fork keeps the parent from dropping it until then).
 *
 *   KILLS   how many processes are killed
 * Rules left out: NO_ABANDON (the slot stays as it is)
 *   ABANDON_STORE (a plain store after looking, instead of compare-and-swap)
 */
#ifndef KILLS
#define KILLS 0
#endif
#define WRONG 0
#define OWNER 0
#define CHILD 1
#define MAKER 2
#define READER 3
#define PROCESSES 4
#define SLOTS 2
#include "robust.pml"
#include "registry.pml"
#define NEEDS_REAP (REAPABLE(0) || REAPABLE(1) || (handleIsOpen && dead[MAKER]) || registryLock == DIED)

bool isForked, told;

/* Ring.abandon. Takes no lock. */
inline abandon(slot, generation) {
  if
  :: atomic { word[slot] == generation -> skip };
#ifdef ABANDON_STORE
     if
     :: atomic { owner[slot] == id -> skip };
        atomic { STEP; owner[slot] = NOBODY }
     :: atomic { owner[slot] != id -> skip }
     fi
#else
     atomic { STEP; if :: owner[slot] == id -> owner[slot] = NOBODY :: else fi }   /* abandonOwner */
#endif
  :: atomic { word[slot] != generation -> skip }
  fi
}

proctype Owner(byte id) {
  byte i, n, slot, generation; bool died;
  register(PRODUCER, slot, generation);
#ifdef INHERITED
  atomic { STEP; isForked = 1 };
#endif
  if
  :: release(slot, generation, false)
#ifndef NO_ABANDON
  :: abandon(slot, generation)
#else
  :: true
#endif
  fi;
  atomic { ended++ };
over: skip
}

proctype Child(byte id) {
  byte i, n, outcome; bool died;
#ifdef INHERITED
  if :: isForked :: dead[OWNER] && !isForked -> goto finish fi;
  handOver(0, 1, OWNER, CHILD, outcome);                      /* claim */
  if
  :: outcome == 1 ->
     /* It lives, and has claimed it: its put must not be refused. */
     atomic { AVAILABLE(putLock) -> STEP; putLock = id + 1 };
     atomic { assert(word[0] == 1 && owner[0] == CHILD) };
     atomic { STEP; assert(!told) };                          /* putCommit */
     atomic { STEP; putLock = 0 };
     release(0, 1, false)
  :: outcome == 0
  fi;
finish:
#endif
  atomic { ended++ };
over: skip
}

proctype Maker(byte id) {
  byte i, n; bool died;
  word[0] > 0 || dead[OWNER];
  lockRegistry();
  atomic { STEP; isClosed = 1 };
  unlockRegistry();
  atomic { ended++ };
over: skip
}

proctype Reader(byte id) {
  byte i, n; bool died;
  do
  :: atomic { LIFE_ENDED -> told = 1; break }
  :: NEEDS_REAP && AVAILABLE(registryLock) -> reap()
  od;
  atomic { ended++ };
over: skip
}

init {
  byte id = 20, i, n; bool died;
  atomic {
    handleIsOpen = 1; handles = 1;
    run Owner(OWNER); run Child(CHILD); run Maker(MAKER); run Reader(READER)
  };
  atomic {
    ended == PROCESSES -> kills = 0;
    if :: NEEDS_REAP -> reap() :: else fi;
    assert(producers == 0 && isClosed && !OPEN(0) && !OPEN(1))
  };
over: skip
}
