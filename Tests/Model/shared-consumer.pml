/* Threads that share a consumer (ConsumerCore): the handle lock, close(), and the first use in a child.
 *
 * What the process holds is behind the handle lock, which is held for an operation and never while
 * sleeping. A child of fork() inherits the consumer with what its parent held; the first of its
 * threads to come claims the endpoint and forgets the parent's item, which the parent acknowledges.
 * Shown: the child never acknowledges its parent's item; it never forgets an item of its own, so that
 * close() leaves nothing; a buffer is always free; no item is taken after the slot was freed.
 *
 *   INHERITED  the process is a child that has not claimed the consumer yet
 * Rules left out: NO_HANDLE_LOCK
 *   FORGET_LATE (the claim is public before the parent's item is forgotten, and two may claim)
 *   CLOSE_UNLOCKED (close() does not take the handle lock to acknowledge)
 */
#define NONE 9
#define FREE 0
#define PARENTS 1
#define OURS 2
#define ITEMS 2
#define ALL_BUFFERS 2                    /* one for the consumer, one more for what the parent holds */

byte handleLock, claimLock, getLock;
bool isOpen = 1, isClosing;
#ifdef INHERITED
bool isMine; byte held = 0;              /* the parent's item lies in buffer 0 */
byte mark[ALL_BUFFERS] = { PARENTS, FREE };
#else
bool isMine = 1; byte held = NONE;
byte mark[ALL_BUFFERS];
#endif
byte left = ITEMS, taken, acknowledged, ended;

#ifdef NO_HANDLE_LOCK
#define LOCK_HANDLE skip
#define UNLOCK_HANDLE skip
#else
#define LOCK_HANDLE atomic { handleLock == 0 -> handleLock = 1 }
#define UNLOCK_HANDLE handleLock = 0
#endif

inline claim() {
  if
  :: atomic { !isMine -> skip };
#ifndef FORGET_LATE
     atomic { claimLock == 0 -> claimLock = 1 };
     if
     :: atomic { !isMine -> skip };
        LOCK_HANDLE; held = NONE; UNLOCK_HANDLE;
        isMine = 1
     :: atomic { isMine -> skip }
     fi;
     claimLock = 0
#else
     isMine = 1;
     LOCK_HANDLE; held = NONE; UNLOCK_HANDLE
#endif
  :: atomic { isMine -> skip }
  fi
}

inline acknowledgeHeld() {
  if
  :: atomic { held != NONE -> b = held };
     held = NONE;
     atomic { assert(mark[b] == OURS); mark[b] = FREE; acknowledged++ }   /* acknowledgeCommit */
  :: atomic { held == NONE -> skip }
  fi
}

proctype Taker() {
  byte b;
again:
  claim();
  LOCK_HANDLE;
  acknowledgeHeld();
  atomic { getLock == 0 -> getLock = 1 };
  if
  :: atomic { !isOpen || isClosing || left == 0 -> getLock = 0 }; UNLOCK_HANDLE; goto over
  :: atomic { isOpen && !isClosing && left > 0 -> skip }
  fi;
  atomic {
    b = 0; do :: b < ALL_BUFFERS && mark[b] != FREE -> b++ :: else -> break od;
    assert(b < ALL_BUFFERS);
    mark[b] = OURS; left--; taken++;                          /* takeCommit */
    assert(isOpen)
  };
  getLock = 0;
  held = b;
  UNLOCK_HANDLE;                         /* finishTaking */
  goto again;
over:
  atomic { ended++ }
}

proctype Closer() {
  byte b; bool was;
  if
  :: atomic { true -> skip }; claim()    /* it was used before */
  :: atomic { isMine -> skip }
  fi;
  atomic { was = isClosing; isClosing = 1 };                  /* beginClosing */
  if :: was -> goto over :: !was fi;
#ifndef CLOSE_UNLOCKED
  LOCK_HANDLE;
#endif
  acknowledgeHeld();
#ifndef CLOSE_UNLOCKED
  UNLOCK_HANDLE;
#endif
  isOpen = 0;                                                 /* releaseCommit */
over:
  atomic { ended++ }
}

init {
  atomic { run Taker(); run Taker(); run Closer(); run Closer() };
  atomic {
    ended == 4;
    assert(taken == acknowledged);       /* close() left nothing that somebody else would get again */
#ifdef INHERITED
    assert(mark[0] == PARENTS)
#endif
  }
}
