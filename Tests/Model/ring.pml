/* Ring+Put, Ring+Take, Ring+Adopt, Ring+Acknowledge: the data path, with ghosts that follow items.
 *
 * Dead letters are in dead-letters.pml. A consumer's locals: byte id, i, n, b, k, slot, generation,
 * mine; bool died, hasReaped, adopted, lost, life, isEmpty; short m, mark_.
 */
#define NONE 99
#define HOLDER(m) ((m) & 7)
#define GENERATION(m) (((m) >> 3) & 15)
#define ATTEMPTS(m) (((m) >> 7) & 3)
#define CURSOR(m) (((m) >> 9) & 3)
#define COUNT(m) (((m) >> 11) & 3)
#define MARK(h, g, a, c, n) ((h) | ((g) << 3) | ((a) << 7) | ((c) << 9) | ((n) << 11))
/* What is left behind one item. Attempts stop counting at 3: nothing here depends on more. */
#define AFTER(m, a) (CURSOR(m) + 1 >= COUNT(m) -> 0 : MARK(HOLDER(m), GENERATION(m), a, CURSOR(m) + 1, COUNT(m)))
#define ONE_MORE(m) (ATTEMPTS(m) < 3 -> ATTEMPTS(m) + 1 : 3)
#define HELD(m) (word[HOLDER(m)] == GENERATION(m) && (GENERATION(m) & 1))

byte head, tail, ring[RING];
byte filling = NONE;
short mark[BUFFERS]; byte end[BUFFERS], inFlight[BUFFERS * BATCH];

/* Ghosts. */
bool committed[ITEMS + 1], acknowledged[ITEMS + 1], told, isLate;
byte hands[ITEMS + 1];                   /* the number + 1 of the process that works on it */
byte holder[BUFFERS];                    /* the number + 1 of the process that took or adopted it */
byte orphaned[PROCESSES];                /* buffers whose holder was dead when this process reaped */

/* Puts `it`; then goes on, or to `refused`, or to `noRoom` without the lock. */
inline put(it, slot, generation) {
  atomic { AVAILABLE(putLock) -> STEP; putLock = id + 1; knew = misjudged[id] };
  if
  :: atomic { !MINE(slot, generation) ->
#ifndef NO_PUT_CHECK
       STEP; putLock = 0 }; goto refused
#else
       skip }
#endif
  :: atomic { MINE(slot, generation) -> skip }
  fi;
  if
  :: atomic { tail - head >= RING -> STEP; putLock = 0 }; goto noRoom
  :: atomic { tail - head < RING -> STEP; ring[tail % RING] = it }   /* putRecord */
  fi;
  atomic { STEP; tail++; committed[it] = 1;                   /* putCommit */
#ifdef STRICT
    assert(!told);
#else
    assert(!told || misjudged[id]);
#endif
    assert(!knew);
    if :: misjudged[id] -> isLate = 1 :: else fi };
  atomic { STEP; putLock = 0 }                                /* putUnlock */
}

inline forget(buffer) {
  d_step { n = 0; do :: n < PROCESSES -> orphaned[n] = orphaned[n] & (255 - (1 << buffer)); n++ :: else -> break od; n = 0 }
}

/* What is delivered of buffer `mine` comes into this process's hands. */
inline deliver(last) {
  d_step {
    holder[mine] = id + 1; mark_ = mark[mine];
    k = CURSOR(mark_);
    do
    :: k < last ->
       n = inFlight[mine * BATCH + k];
       assert(committed[n] && !acknowledged[n]);
       assert(hands[n] == 0 || dead[hands[n] - 1] || misjudged[hands[n] - 1]);
       hands[n] = id + 1; k++
    :: else -> break
    od;
    k = 0; n = 0
  };
  forget(mine)
}

inline repair() {
#ifndef NO_REPAIR
  atomic { STEP;                                              /* repairUnfill */
    if :: filling != NONE && mark[filling] != 0 && end[filling] != head -> mark[filling] = 0
       :: else fi };
#endif
  atomic { STEP; hint = 1 }                                   /* repairHint */
}

#ifdef AT_ONCE
/* takeCopy: acknowledges, by a look and a store, and takes one item under one hold of the get lock; goes
 * on with buffer `mine`, or leaves what is not as simple as that to acknowledge and take. */
inline takeAtOnce(slot, generation) {
  atomic { AVAILABLE(getLock) -> STEP; died = (getLock == DIED); getLock = id + 1 };
  if :: atomic { died -> died = 0 }; repair() :: atomic { !died -> skip } fi;
  if
  :: atomic { !MINE(slot, generation) || hint || mine == NONE || adopted -> STEP; getLock = 0 }
  :: atomic { MINE(slot, generation) && !hint && mine != NONE && !adopted -> skip };
     if
     :: atomic { mark[mine] != mark_ -> STEP; getLock = 0 }
     :: atomic { mark[mine] == mark_ -> skip };
        atomic { STEP;                                        /* takeAcknowledge */
          k = CURSOR(mark_);
          do
          :: k < COUNT(mark_) ->
             n = inFlight[mine * BATCH + k];
             assert(!acknowledged[n]); acknowledged[n] = 1; hands[n] = 0; k++
          :: else -> break
          od;
          k = 0; n = 0; b = mine; mark[mine] = 0; mark_ = 0; holder[mine] = 0; mine = NONE };
        if
        :: atomic { tail == head -> STEP; getLock = 0; b = 0 }
        :: atomic { tail != head -> inFlight[b * BATCH] = ring[head % RING] };
           atomic { STEP; end[b] = head + 1 };
           atomic { STEP; filling = b };
           atomic { STEP; mark[b] = MARK(slot, generation, 1, 0, 1) };
           atomic { STEP; head = head + 1; mine = b; adopted = 0; deliver(COUNT(mark[mine])); b = 0 };
           atomic { STEP; getLock = 0; goto work }
        fi
     fi
  fi
}
#endif

/* Takes or adopts, and goes on with buffer `mine`; or to `refused`, `again`, `wait`, `finish`. */
inline take(slot, generation) {
  atomic { AVAILABLE(getLock) -> STEP; died = (getLock == DIED); getLock = id + 1 };
  if :: atomic { died -> died = 0 }; repair() :: atomic { !died -> skip } fi;
  if
  :: atomic { !MINE(slot, generation) -> STEP; getLock = 0 }; goto refused
  :: atomic { MINE(slot, generation) -> skip }
  fi;
  if
  :: atomic { hint || hasReaped -> STEP; hint = 0; b = 0 };   /* adoptClearHint */
     do
     :: atomic { b < buffers -> m = mark[b] };
        if
        :: atomic { m == 0 || HELD(m) -> m = 0; b++ }
        :: atomic { else -> STEP; hint = 1 };                 /* adoptRaiseHint */
           if
#ifdef ADOPT_STORE
           :: atomic { true ->
#else
           :: atomic { mark[b] == m ->
#endif
                STEP; mark[b] = MARK(slot, generation, ONE_MORE(m), CURSOR(m), COUNT(m));   /* adoptCommit */
                mine = b; adopted = 1; deliver(CURSOR(m) + 1); m = 0; b = 0 };
              atomic { STEP; getLock = 0; goto work }
#ifndef ADOPT_STORE
           :: atomic { mark[b] != m -> m = 0; b++ }
#endif
           fi
        fi
     :: atomic { b >= buffers -> b = 0; break }
     od;
#ifndef NO_SECOND_LOOK
     if
     :: atomic { !MINE(slot, generation) -> STEP; getLock = 0 }; goto refused
     :: atomic { MINE(slot, generation) -> skip }
     fi
#endif
  :: atomic { !(hint || hasReaped) -> skip }
  fi;
#ifdef TAIL_FIRST
  atomic { isEmpty = (tail == head) };
#endif
  atomic { life = LIFE_ENDED };                               /* before tail */
#ifndef TAIL_FIRST
  atomic { isEmpty = (tail == head) };
#endif
  if
  :: atomic { !isEmpty -> life = 0;
       if :: n = 1 :: tail - head >= 2 && BATCH >= 2 -> n = 2 fi;
       b = 0; do :: b < buffers && mark[b] != 0 -> b++ :: else -> break od;
       assert(b < buffers);                                   /* else it is `corrupted(.buffers)` */
       k = 0; do :: k < n -> inFlight[b * BATCH + k] = ring[(head + k) % RING]; k++ :: else -> break od; k = 0 };
     atomic { STEP; end[b] = head + n };                      /* takeRecords, takeEnd */
     atomic { STEP; filling = b };                            /* takeFilling */
     atomic { STEP; mark[b] = MARK(slot, generation, 1, 0, n) };   /* takeMark */
     atomic { STEP; head = head + n; mine = b; adopted = 0; deliver(COUNT(mark[mine])); b = 0 };   /* takeCommit */
     atomic { STEP; getLock = 0; goto work }                  /* takeUnlock */
  :: atomic { isEmpty -> isEmpty = 0 }
  fi;
  if
  :: atomic { life && !hasReaped && ANY_HELD -> life = 0; STEP; getLock = 0;   /* reapFirst */
       n = 0;
       do
       :: n < BUFFERS ->
          if :: mark[n] != 0 && holder[n] != 0 && dead[holder[n] - 1] -> orphaned[id] = orphaned[id] | (1 << n)
             :: else fi;
          n++
       :: else -> break
       od;
       n = 0 };
#ifndef NO_REAP_FIRST
     reap();
#endif
     hasReaped = 1; goto again
  :: atomic { life && (hasReaped || !ANY_HELD) -> life = 0; STEP;   /* ended */
       assert(tail == head || isLate);
       n = 0; do :: n < SLOTS -> assert(!(OPEN(n) && kind[n] == PRODUCER && !dead[owner[n]])); n++ :: else -> break od;
       n = 0; do :: n < BUFFERS -> assert(!(orphaned[id] & (1 << n)) || mark[n] == 0); n++ :: else -> break od; n = 0;
       orphaned[id] = 0; hasReaped = 0; told = 1; getLock = 0; goto finish }
  :: atomic { !life -> STEP; getLock = 0; hasReaped = 0; orphaned[id] = 0; goto wait }
  fi
}

/* Acknowledges what is delivered. Sets `lost` if the mark is another's by now. */
inline acknowledge(attempts) {
  atomic { STEP;                                              /* acknowledgeCommit */
#ifndef ACKNOWLEDGE_STORE
    if
    :: mark[mine] != mark_ -> lost = 1; mine = NONE; mark_ = 0; adopted = 0
    :: else ->
#endif
       k = CURSOR(mark_);
       do
       :: k < (adopted -> CURSOR(mark_) + 1 : COUNT(mark_)) ->
          n = inFlight[mine * BATCH + k];
          assert(!acknowledged[n]); acknowledged[n] = 1; hands[n] = 0; k++
       :: else -> break
       od;
       k = 0; n = 0;
       mark[mine] = (adopted -> AFTER(mark_, attempts) : 0);
       mark_ = mark[mine];
       if :: mark_ == 0 -> holder[mine] = 0; mine = NONE; adopted = 0
          :: else -> deliver(CURSOR(mark_) + 1) fi
#ifndef ACKNOWLEDGE_STORE
    fi
#endif
  }
}
