/* The lock of a handle (HandleLock.swift), among the threads of one process: biased to the first of them.
 *
 * The biased thread takes and leaves the lock by plain stores to `biasedHolder`, which reach the others late:
 * they wait in its store buffer (`stores`, as on x86; the lock's release stores and the compiler barrier keep
 * more from happening on other processors). A barrier in all threads empties it. The model begins where
 * the bias is decided.
 * Shown: one thread at a time has the lock, and nobody when all have left it. With PROGRESS, which searches for
 * cycles instead, with one other thread: none waits for ever.
 *
 *   INHERITED  a child of fork, begun at any moment: the words may name the parent's process, and who forked
 *     may be the biased thread or another
 * Rules left out: NO_BARRIER, NO_SECOND_LOOK (the biased thread does not look at the bias once more),
 *   NO_REVOKED (the bias ends before the biased thread has left the lock), ONE_BARRIER (who finds the bias
 *   revoked relies on the barrier of who did it), STALE_HOLDER (unlocking goes by `biasedHolder`), LEAK
 *   (unlocking goes by the bias too, which may have been revoked), NEVER_UNBIASED (nobody ends the revocation)
 */
#ifdef PROGRESS
#define OTHERS 1
#else
#define OTHERS 2
#endif
#define TIMES 2
#define BIASED 9                         /* values of `bias` */
#define REVOKED 1
#define UNBIASED 2
#define PARENT 8                         /* values of the holders; 0 is nobody */
#define US 7

byte bias = BIASED, biasedHolder, holder, inside, done;
chan stores = [4] of { byte };           /* the biased thread's, not visible yet */

/* What the biased thread itself reads there: its last store, or memory. */
byte own;

inline storeBiased(value) { atomic { own = value; stores!value } }
inline barrierInAllThreads() {
#ifndef NO_BARRIER
  atomic { do :: stores?biasedHolder :: empty(stores) -> break od }
#endif
  skip
}
/* A locked instruction of the biased thread. */
inline drain() {
  if :: isBiasedThread -> atomic { do :: stores?biasedHolder :: empty(stores) -> break od } :: else fi
}

inline critical() {
  inside++;
  assert(inside == 1);
  inside--
}

inline lockUnbiased() {
  drain();
  seen = holder;
  if
  :: seen != US ->
     atomic { if :: holder == seen -> holder = US; got = true :: else fi }
  :: else
  fi
}

inline revoke() {
  if
  :: atomic { !hasRevoked ->
       if :: bias == BIASED ->
#ifdef NO_REVOKED
          bias = UNBIASED;
#else
          bias = REVOKED;
#endif
          revokedByMe = true :: else fi };
#ifdef ONE_BARRIER
     if :: revokedByMe -> barrierInAllThreads() :: else fi;
#else
     barrierInAllThreads();
#endif
     hasRevoked = true
  :: else
  fi;
  if
#ifndef NEVER_UNBIASED
  :: biasedHolder != US -> atomic { if :: bias == REVOKED -> bias = UNBIASED :: else fi }
#endif
  :: else
  fi
}

inline unlock() {
#ifdef STALE_HOLDER
  if :: biasedHolder == US -> storeBiased(0) :: else -> holder = 0 fi
#elif defined(LEAK)
  if :: holder == 0 && bias == BIASED -> storeBiased(0) :: else -> holder = 0 fi
#else
  if :: holder == 0 -> storeBiased(0) :: else -> holder = 0 fi
#endif
}

inline acquire() {
  got = false; hasRevoked = false; revokedByMe = false;
  do
  :: got -> break
  :: else ->
     if
     :: isBiasedThread && bias == BIASED ->
        if
        :: own == US -> assert(false)    /* it does not hold it */
        :: else ->
           storeBiased(US);
#ifdef NO_SECOND_LOOK
           got = true
#else
           if :: bias == BIASED -> got = true :: else -> storeBiased(0) fi
#endif
        fi
     :: bias == UNBIASED -> lockUnbiased()
     :: !(isBiasedThread && bias == BIASED) && bias != UNBIASED -> revoke()
     fi
  od
}

proctype thread(bool isBiasedThread) {
  byte seen, n;
  bool got, hasRevoked, revokedByMe;
  do
  :: n < TIMES ->
     acquire();
progress:
     critical(); unlock(); n++
  :: else -> break
  od;
  drain();
  done++
}

active proctype storeBuffer() {
end:
  do :: atomic { stores?biasedHolder } od
}

init {
  atomic {
#ifdef INHERITED
    if :: biasedHolder = PARENT :: skip fi;
    own = biasedHolder;
    if :: bias = REVOKED :: bias = UNBIASED; if :: holder = PARENT :: skip fi :: skip fi;
    if :: run thread(true) :: run thread(false) fi;
#else
    run thread(true);
#endif
    byte i = 0;
    do :: i < OTHERS -> run thread(false); i++ :: else -> break od
  }
  (done == OTHERS + 1);
  assert(holder != US && biasedHolder != US)
}
