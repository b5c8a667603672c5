/* Handing a producer over, by fork or by spawn, while slots are recycled and anybody may die.
 *
 * The maker registers a producer and makes a child. The child claims the endpoint (`claim`, or with
 * SPAWN `Ring.inherit` with the token from its environment) and the parent hands it over, whoever comes
 * first. A spawn may fail: then there is no child, and the endpoint is the parent's still. The child
 * may hand it on to a grandchild before its parent has noticed anything. A stranger makes and closes
 * producers of its own meanwhile, so that slots come back with another generation.
 *
 *   KILLS   how many processes are killed       THREAD  the parent has a thread that is in a put
 *   WAYWARD the child may never claim: it ends without having used the endpoint
 *   COPIED  (with SPAWN) a program that the child starts has the token too, and claims, at any time
 * Rules left out: BARE_OWNER (the owner is set by compare-and-swap, no lock, no generation)
 *   THIEF_IS_FATAL (the parent kills its child if a third process owns the endpoint)
 *   NO_PUT_LOCK (the owner changes while a put may be under way)
 *   NO_RECOUNT
 *   NO_GENERATION (a token is taken for good by the slot's owner alone)
 */
#ifndef KILLS
#define KILLS 0
#endif
#define WRONG 0
#define MAKER 0
#define CHILD 1
#define GRANDCHILD 2
#define STRANGER 3
#define READER 4
#define THREAD_ID 5
#define PROCESSES 6
#ifdef SPAWN
#define SLOTS 3
#define ALL_CLOSED (!OPEN(0) && !OPEN(1) && !OPEN(2))
#else
#define SLOTS 2
#define ALL_CLOSED (!OPEN(0) && !OPEN(1))
#endif
#include "robust.pml"
#include "registry.pml"
#define NEEDS_REAP (REAPABLE(0) || REAPABLE(1) || REAPABLE(SLOTS - 1) || (handleIsOpen && dead[MAKER]) || registryLock == DIED)

bool isForked, isHandedOn, finished[PROCESSES];
byte givenSlot = SLOTS, givenGeneration;
byte tail; bool told; bool mayBeStolen, hasFailed; byte claims;
bool wasKilledByParent;
#define OVER(p) (finished[p] || dead[p])

/* Locked, checked, committed: puts are refused to who does not own the slot. Sets `outcome`. */
inline put(process, slot, generation, outcome) {
  atomic { AVAILABLE(putLock) -> STEP; putLock = id + 1 };
  if
  :: atomic { word[slot] == generation && owner[slot] == process -> skip };
     atomic { STEP; tail++; assert(!told); outcome = 1 }      /* putCommit */
  :: atomic { !(word[slot] == generation && owner[slot] == process) -> outcome = 0 }
  fi;
  atomic { STEP; putLock = 0 }
}

/* handOver of registry.pml; a producer's owner changes under the put lock. */
inline pass(slot, generation, parent, child, outcome) {
#ifdef BARE_OWNER
  atomic {
    if :: owner[slot] == parent -> STEP; owner[slot] = child; outcome = 1
       :: owner[slot] == child -> outcome = 1
       :: else -> outcome = 0 fi }
#else
  lockRegistry();
  if
  :: atomic { word[slot] != generation -> outcome = 0 }
  :: atomic { word[slot] == generation && owner[slot] == child -> outcome = 1 }
  :: atomic { word[slot] == generation && owner[slot] == parent && parent != child -> skip };
#ifndef NO_PUT_LOCK
     atomic { AVAILABLE(putLock) -> STEP; putLock = id + 1 };
#endif
     atomic { STEP; owner[slot] = child; outcome = 1 };       /* handOverCommit */
#ifndef NO_PUT_LOCK
     atomic { STEP; putLock = 0 }
#endif
  :: atomic { word[slot] == generation && owner[slot] != child && owner[slot] != parent ->
       outcome = 2 }                                          /* takenBy */
  fi;
  unlockRegistry()
#endif
}

/* Passes through the put lock, then frees the slot. */
inline close(slot, generation) {
  atomic { AVAILABLE(putLock) -> STEP; putLock = id + 1 };
  atomic { STEP; putLock = 0 };                               /* passThroughUnlock */
  release(slot, generation, false)
}

proctype Maker(byte id) {
  byte i, n, slot, generation, outcome; bool died;
  register(PRODUCER, slot, generation);
#ifdef SPAWN
  atomic { givenSlot = slot; givenGeneration = generation };
#else
  atomic { STEP; givenSlot = slot; givenGeneration = generation; isForked = 1 };
#endif
#ifdef SPAWN
  if                                                          /* posix_spawn */
  :: atomic { STEP; isForked = 1 };                           /* the child runs, and may have claimed */
     pass(slot, generation, MAKER, CHILD, outcome);
     slot = SLOTS;
     register(PRODUCER, slot, generation);                    /* another one, perhaps in the same slot */
     assert(slot < SLOTS);
     put(MAKER, slot, generation, outcome); assert(outcome == 1);
     close(slot, generation)
  :: atomic { STEP; hasFailed = 1 };                          /* there is no child: still ours */
     put(MAKER, slot, generation, outcome); assert(outcome == 1);
     close(slot, generation)
  fi;
#else
  pass(slot, generation, MAKER, CHILD, outcome);
#ifdef THIEF_IS_FATAL
  if :: outcome == 2 -> wasKilledByParent = 1 :: else fi;
#endif
#endif
  outcome = 0;
  lockRegistry();
  atomic { STEP; isClosed = 1 };                              /* closeCommit */
  unlockRegistry();
  atomic { finished[MAKER] = 1; ended++ };
over: skip
}

proctype Child(byte id) {
  byte i, n, slot, generation, outcome; bool died;
  if :: isForked :: !isForked && (hasFailed || OVER(MAKER)) -> goto finish fi;
  slot = givenSlot; generation = givenGeneration;
#ifdef WAYWARD
  if :: true :: true -> goto finish fi;
#endif
  pass(slot, generation, MAKER, CHILD, outcome);              /* claim, inherit */
  if
  :: outcome == 1 -> claims++; assert(claims == 1)
#ifdef COPIED
  :: outcome != 1 -> goto finish                              /* or handedOver: the copy was first */
#else
  :: outcome != 1 -> assert(dead[MAKER]); goto finish         /* endpointClosed: reaped with it */
#endif
  fi;
  put(CHILD, slot, generation, outcome);
  assert(outcome == 1);                  /* nobody takes what a live process owns */
#ifdef HANDS_ON
  mayBeStolen = 1;                       /* fork: the grandchild inherits */
  pass(slot, generation, CHILD, GRANDCHILD, outcome);
  assert(outcome != 2);                  /* 0: the grandchild has closed it already */
#else
  close(slot, generation);
#endif
finish:
  assert(!wasKilledByParent);
  atomic { finished[CHILD] = 1; dead[CHILD] = 1; ended++ };   /* whoever exits is dead */
over: skip
}

proctype Grandchild(byte id) {
  byte i, n, slot, generation, outcome; bool died;
#ifdef COPIED
  if :: isForked :: !isForked && (hasFailed || OVER(MAKER)) -> goto finish fi;
  slot = givenSlot; generation = givenGeneration;
#ifdef NO_GENERATION
  generation = word[slot];
#endif
  pass(slot, generation, MAKER, GRANDCHILD, outcome);         /* inherit, early or very late */
  if
  :: outcome == 1 -> claims++; assert(claims == 1);
     put(GRANDCHILD, slot, generation, outcome); assert(outcome == 1);
     close(slot, generation)
  :: outcome != 1                        /* endpointClosed, or handedOver */
  fi;
finish:
#endif
#ifdef HANDS_ON
  if :: mayBeStolen :: !mayBeStolen && OVER(CHILD) -> goto finish fi;
  slot = givenSlot; generation = givenGeneration;
  pass(slot, generation, CHILD, GRANDCHILD, outcome);
  if :: outcome == 1 :: outcome != 1 -> assert(dead[CHILD]); goto finish fi;
  put(GRANDCHILD, slot, generation, outcome); assert(outcome == 1);
  close(slot, generation);
finish:
#endif
  assert(!wasKilledByParent);            /* a child that did nothing wrong */
  atomic { finished[GRANDCHILD] = 1; ended++ };
over: skip
}

proctype Stranger(byte id) {
  byte i, n, slot, generation, outcome, again = 2; bool died;
  do
  :: atomic { again > 0 -> again--; slot = SLOTS };
     register(PRODUCER, slot, generation);
     if
     :: slot == SLOTS -> break
     :: slot < SLOTS ->
        put(STRANGER, slot, generation, outcome); assert(outcome == 1);
        close(slot, generation)
     fi
  :: again == 0 -> break
  :: NEEDS_REAP && AVAILABLE(registryLock) -> reap()
  od;
  atomic { finished[STRANGER] = 1; ended++ };
over: skip
}

#ifdef THREAD
/* Another thread of the parent, which goes on putting while the endpoint is handed over. */
proctype Thread() {
  byte id = THREAD_ID, outcome;
  isForked || OVER(MAKER);
  if
  :: atomic { !dead[MAKER] && givenSlot < SLOTS -> skip };
     atomic { AVAILABLE(putLock) -> putLock = id + 1 };
     if
     :: atomic { word[givenSlot] == givenGeneration && owner[givenSlot] == MAKER -> skip };
        atomic { if :: !dead[MAKER] -> tail++; assert(!told) :: else fi }    /* putCommit */
     :: atomic { !(word[givenSlot] == givenGeneration && owner[givenSlot] == MAKER) -> skip }
     fi;
     atomic { putLock = 0 }
  :: OVER(MAKER)
  fi
}
#endif

/* Reads nothing, but learns of the end; reaps while it waits. */
proctype Reader(byte id) {
  byte i, n; bool died;
  do
  :: atomic { LIFE_ENDED -> told = 1;
       i = 0; do :: i < SLOTS -> assert(!(OPEN(i) && !dead[owner[i]])); i++ :: else -> break od; i = 0; break }
  :: NEEDS_REAP && AVAILABLE(registryLock) -> reap()
  od;
  atomic { finished[READER] = 1; ended++ };
over: skip
}

init {
  byte id = 20, i, n; bool died;
  atomic {
    handleIsOpen = 1; handles = 1;
    run Maker(MAKER); run Child(CHILD); run Grandchild(GRANDCHILD); run Stranger(STRANGER);
    run Reader(READER);
#ifdef THREAD
    run Thread();
#endif
  };
  atomic {
    ended == 5 -> kills = 0;
    if :: NEEDS_REAP -> reap() :: else fi;
    assert(producers == 0 && isClosed && ALL_CLOSED)
  };
over: skip
}
