/* Threads that share a producer, and one that closes it (ProducerCore, EndpointCore, Ring+Put).
 *
 * The producer side has no handle lock. `isClosing` is looked at under the put lock; close() sets it,
 * passes once through the put lock, and frees the slot under the registry lock. Shown: no put commits
 * after the lifecycle's store, so that the end is never told early; each sleeping put ends promptly
 * (without any slice of time); a second close does nothing; and all this also if the process is killed.
 *
 *   KILLS   the process is killed at some step      FULL   the ring has no room: puts sleep
 * Rules left out: NO_PASS (close does not pass through the put lock)
 *   PASS_FIRST (it passes before it sets isClosing)
 *   CHECK_OUTSIDE (isClosing is looked at before the put lock is taken)
 *   NO_LAST_LOOK (isClosing is not looked at between announcing and sleeping)
 *   SLEEPERS_LATE (a thread counts itself a sleeper only when it sleeps)
 */
#ifndef KILLS
#define KILLS 0
#endif
#ifdef FULL
#define HAS_ROOM false
#else
#define HAS_ROOM true
#endif
#define DIED 99
#define AVAILABLE(lock) (lock == 0 || lock == DIED)
#define THREADS 4                        /* two that put, two that close */
/* The threads of a killed process take no further step. */
#define STEP if :: isDead -> goto over :: !isDead fi

bool isDead; byte kills = KILLS;
byte putLock, registryLock;              /* 0, a thread's number + 1, or DIED */
bool isOpen = 1, isClosing; byte producers = 1;      /* of a queue that lets no further producer in */
byte sleepers, sequence; bool announced, asleep[THREADS];
bool told; byte tail, over_, closes;

proctype Putter(byte id) {
  byte seen; bool sawClosing;
again:
#ifdef CHECK_OUTSIDE
  atomic { STEP; sawClosing = isClosing };
#endif
  atomic { AVAILABLE(putLock) || isDead -> STEP; putLock = id + 1 };
#ifndef CHECK_OUTSIDE
  atomic { STEP; sawClosing = isClosing };
#endif
  if
  :: atomic { !isOpen || sawClosing -> STEP; putLock = 0 }; goto refused
  :: atomic { isOpen && !sawClosing -> skip }
  fi;
  if
  :: atomic { HAS_ROOM -> STEP; tail++; assert(!told) };      /* putCommit */
     atomic { STEP; putLock = 0 };                            /* putUnlock */
     if :: tail < 3 -> goto again :: tail >= 3 -> goto refused fi
  :: atomic { !HAS_ROOM -> STEP; putLock = 0 }
  fi;
#ifndef SLEEPERS_LATE
  atomic { STEP; sleepers++ };
#endif
  atomic { STEP; seen = sequence };
  atomic { STEP; announced = 1 };                             /* announceSleep */
#ifndef NO_LAST_LOOK
  if :: atomic { isClosing -> sleepers--; goto again } :: atomic { !isClosing -> skip } fi;
#endif
#ifdef SLEEPERS_LATE
  atomic { STEP; sleepers++ };
#endif
  if
  :: atomic { sequence == seen -> STEP; asleep[id] = 1 };
     atomic { !asleep[id] || isDead -> STEP }
  :: atomic { sequence != seen -> skip }
  fi;
  atomic { STEP; sleepers-- };
  goto again;
refused:
over:
  atomic { asleep[id] = 0; over_++ }
}

proctype Closer(byte id) {
  bool was;
#ifdef PASS_FIRST
  atomic { AVAILABLE(putLock) || isDead -> STEP; putLock = id + 1 };
  atomic { STEP; putLock = 0 };
#endif
  atomic { STEP; was = isClosing; isClosing = 1 };            /* an exchange */
  if :: was -> goto over :: !was fi;
  if
  :: atomic { sleepers > 0 -> STEP; sequence++ };             /* wakeBump */
     atomic { STEP; asleep[0] = 0; asleep[1] = 0 }            /* wakeCall */
  :: atomic { sleepers == 0 -> skip }
  fi;
#if !defined(NO_PASS) && !defined(PASS_FIRST)
  atomic { AVAILABLE(putLock) || isDead -> STEP; putLock = id + 1 };
  atomic { STEP; putLock = 0 };                               /* passThroughUnlock */
#endif
  atomic { AVAILABLE(registryLock) || isDead -> STEP; registryLock = id + 1 };
  atomic { STEP; assert(isOpen); isOpen = 0 };                /* releaseCommit */
  atomic { STEP; producers = isOpen; closes++; assert(closes == 1) };   /* releaseLifecycle */
  atomic { STEP; registryLock = 0 };                          /* releaseUnlock */
over:
  atomic { over_++ }
}

/* Another process: learns of the end, and reaps. */
proctype Reader() {
  do
  :: atomic { producers == 0 -> told = 1; break }
  :: atomic { AVAILABLE(registryLock) && isDead -> registryLock = 9 };
     if :: isOpen -> isOpen = 0 :: !isOpen fi;                /* reapCommit */
     producers = isOpen;                                      /* reapLifecycle, recountLifecycle */
     registryLock = 0
  od;
  over_ == THREADS;
  assert(!isOpen && producers == 0)
}

#if KILLS > 0
proctype Killer() {
  atomic {
    kills--; isDead = 1;
    if :: putLock > 0 && putLock <= THREADS -> putLock = DIED :: else fi;
    if :: registryLock > 0 && registryLock <= THREADS -> registryLock = DIED :: else fi
  }
}
#endif

init {
  atomic {
    run Putter(0); run Putter(1); run Closer(2); run Closer(3); run Reader();
#if KILLS > 0
    run Killer()
#endif
  }
}
