/* Dead letters: items that cannot be decoded, or were delivered too often, go to the log
 * (discardUndecodable, bury), and an operator takes them out of it (requeueOldestDeadLetter,
 * discardDeadLetters).
 *
 * Consumers take a batch of two from a ring that is full from the start. Where the second item is bad
 * the first stays delivered and the next get delivers the bad one alone (finishTaking(undecodableAt:));
 * a bad first item is buried, and what follows it is offered again with the attempts that it had.
 *
 *   BAD     a mask: 1 the first item, 2 the second, 3 both      MAX   maxDeliveries
 *   KILLS, WRONG   processes killed, wrongly declared dead      LOG   how many letters the log holds
 *   REQUEUES, DISCARDS   how often an operator does so, while the others are at work
 *   RELEASES   how often a consumer gives back what it holds, so that it counts as never delivered
 * Rules left out: NO_TAKE_MARK (the item is buried without taking its mark by compare-and-swap)
 *   MOVE_FIRST (its buffer moves on before the letter is there)
 *   NO_FINISH (who gets the lock from a dead owner does not finish the burial)
 *   LAST_KEPT (a finished burial stays marked as on its way)
 *   REST_ONE (what follows counts as delivered once, though nobody has seen it)
 *   FIRST_BEFORE_MARK (the letter leaves the log before a buffer holds its item)
 *   SOURCE_FORGOTTEN (`filling` does not say that the buffer is filled from the log)
 *   FILLING_KEPT (discarding leaves `filling`, which names a letter of the log)
 *   NO_REQUEUE_HINT
 *   NEW_FORGOTTEN (a mark does not say that the items behind its cursor were never delivered)
 */
#ifndef BAD
#define BAD 1
#endif
#ifndef MAX
#define MAX 2
#endif
#ifndef KILLS
#define KILLS 0
#endif
#ifndef WRONG
#define WRONG 0
#endif
#ifndef CONSUMERS
#define CONSUMERS 2
#endif
#ifndef LOG
#define LOG 3
#endif
#ifndef REQUEUES
#define REQUEUES 0
#endif
#ifndef DISCARDS
#define DISCARDS 0
#endif
#ifndef RELEASES
#define RELEASES 0
#endif
#define ITEMS 2
#define PROCESSES (CONSUMERS + 2)
#define OPERATOR (CONSUMERS + 1)
#define MAKER CONSUMERS
#define SLOTS CONSUMERS
#define BUFFERS CONSUMERS
#include "robust.pml"
#include "registry.pml"
#if CONSUMERS == 2
#define ANY_HELD (mark[0] != 0 || mark[1] != 0)
#define NEEDS_REAP (REAPABLE(0) || REAPABLE(1) || registryLock == DIED)
#else
#define ANY_HELD (mark[0] != 0 || mark[1] != 0 || mark[2] != 0)
#define NEEDS_REAP (REAPABLE(0) || REAPABLE(1) || REAPABLE(2) || registryLock == DIED)
#endif
#define NOBODYS 7
#define HOLDER(m) ((m) & 7)
#define GENERATION(m) (((m) >> 3) & 3)
#define ATTEMPTS(m) (((m) >> 5) & 7)
#define CURSOR(m) (((m) >> 8) & 3)
#define COUNT(m) (((m) >> 10) & 3)
#ifdef NEW_FORGOTTEN
#define NEW(m) 0
#else
#define NEW(m) (((m) >> 12) & 1)         /* restIsNew */
#endif
#define REST(m) ((ATTEMPTS(m) == 0 || NEW(m)) -> 0 : 1)
#define MARK(h, g, a, w, c, n) ((h) | ((g) << 3) | ((a) << 5) | ((c) << 8) | ((n) << 10) | ((w) << 12))
#define AFTER(m, done, r, more) (CURSOR(m) + done >= COUNT(m) -> 0 : \
  MARK(HOLDER(m), GENERATION(m), (r) + more, ((r) == 0 -> 1 : 0), CURSOR(m) + done, COUNT(m)))
#define IN_HANDS_OF(h, g, a, m) MARK(h, g, a, (REST(m) == 0 -> 1 : 0), CURSOR(m), COUNT(m))
#define HELD(m) (HOLDER(m) != NOBODYS && word[HOLDER(m)] == GENERATION(m))
#define HELD_BY_NOBODY(m) IN_HANDS_OF(NOBODYS, 0, ATTEMPTS(m), m)
#define NONE 9
#define IS_BAD(item) ((BAD >> ((item) - 1)) & 1)
#define EXHAUSTED 1
#define UNDECODABLE 2
#define FROM_LETTERS 4                   /* beside the buffer in `filling`; NONE has it not */
#define FROM_RING 0

byte head, filling = NONE, releases = RELEASES;
short mark[BUFFERS]; byte end[BUFFERS], inFlight[BUFFERS * 2];
#include "log.pml"

inline inHands(item) {
  assert(!acknowledged[item] && letters[item] == 0 && !dropped[item]);
  assert(hands[item] == 0 || dead[hands[item] - 1] || misjudged[hands[item] - 1]);
  hands[item] = id + 1; deliveries[item]++
}

proctype Consumer(byte id) {
  byte i, n, b, k, slot = id, generation = 1, mine = NONE, delivered, rest; bool died, hasReaped, failed;
  short m, mark_;
next:                                    /* acknowledges what was delivered; the next one comes alone */
  if
  :: atomic { mine != NONE -> STEP;                           /* acknowledgeCommit */
       if
       :: mark[mine] == mark_ ->
          k = CURSOR(mark_);
          do
          :: k < CURSOR(mark_) + delivered -> n = inFlight[mine * 2 + k];
             assert(!acknowledged[n] && letters[n] == 0); acknowledged[n] = 1; hands[n] = 0; k++
          :: else -> break
          od;
          k = 0; n = 0;
          mark[mine] = AFTER(mark_, delivered, rest, 1); mark_ = mark[mine]; delivered = 1;
          if :: mark_ == 0 -> mine = NONE
             :: else -> inHands(inFlight[mine * 2 + CURSOR(mark_)]) fi
       :: else -> mine = NONE; mark_ = 0; goto refused
       fi };
     if :: mine != NONE -> goto decode :: mine == NONE fi
  :: atomic { mine != NONE && releases > 0 -> STEP; releases--;   /* rejectCommit, of release() */
       if
       :: mark[mine] == mark_ ->
          k = CURSOR(mark_);
          do
          :: k < CURSOR(mark_) + delivered -> n = inFlight[mine * 2 + k]; hands[n] = 0; deliveries[n]--; k++
          :: else -> break
          od;
          k = 0; n = 0;
          mark[mine] = IN_HANDS_OF(slot, generation - 1, ATTEMPTS(mark_) - 1, mark_); mine = NONE; mark_ = 0
       :: else -> mine = NONE; mark_ = 0; goto refused
       fi };
     atomic { STEP; hint = 1 }                                /* rejectHint */
  :: mine == NONE
  fi;
again:
  lockGet();
  if :: atomic { !MINE(slot, generation) -> STEP; getLock = 0 }; goto refused
     :: atomic { MINE(slot, generation) -> skip } fi;
  if
  :: atomic { hint || hasReaped -> STEP; hint = 0; b = 0 };   /* adoptClearHint */
     do
     :: atomic { b < BUFFERS -> m = mark[b] };
        if
        :: atomic { m == 0 || HELD(m) -> m = 0; b++ }
        :: atomic { else -> STEP; hint = 1 };                 /* adoptRaiseHint */
           if
           :: atomic { ATTEMPTS(m) >= MAX -> skip };
              prepareBurial();
              if :: failed -> failed = 0; goto notMine :: !failed fi;
              bury(EXHAUSTED, REST(m));
              atomic { m = 0; b = 0; STEP; getLock = 0; goto again }
           :: atomic { ATTEMPTS(m) < MAX && mark[b] == m -> STEP;   /* adoptCommit */
                mark[b] = IN_HANDS_OF(slot, generation, ATTEMPTS(m) + 1, m);
                mine = b; mark_ = mark[b]; delivered = 1; rest = REST(m);
                inHands(inFlight[b * 2 + CURSOR(m)]); m = 0; b = 0 };
              atomic { STEP; getLock = 0; goto decode }
           :: atomic { ATTEMPTS(m) < MAX && mark[b] != m -> skip }
           fi;
notMine:   atomic { m = 0; b++ }
        fi
     :: atomic { b >= BUFFERS -> b = 0; break }
     od
  :: atomic { !(hint || hasReaped) -> skip }
  fi;
  if
  :: atomic { head < ITEMS -> b = 0; do :: b < BUFFERS && mark[b] != 0 -> b++ :: else -> break od;
       assert(b < BUFFERS);
       inFlight[b * 2] = 1; inFlight[b * 2 + 1] = 2 };        /* takeRecords */
     atomic { STEP; end[b] = ITEMS };                         /* takeEnd */
     atomic { STEP; filling = b };                            /* takeFilling */
     atomic { STEP; mark[b] = MARK(slot, generation, 1, 0, 0, 2) };   /* takeMark */
     atomic { STEP; head = ITEMS; mine = b; mark_ = mark[b]; delivered = 2; rest = 0; b = 0;   /* takeCommit */
       hands[1] = id + 1; deliveries[1]++; deliveries[2]++;
       if :: !IS_BAD(1) -> hands[2] = id + 1 :: else fi };    /* decoding stops at a bad one */
     atomic { STEP; getLock = 0; goto decode }
  :: atomic { head == ITEMS && !hasReaped && ANY_HELD -> STEP; getLock = 0 };
     reap(); hasReaped = 1; goto again                        /* reapFirst */
  :: atomic { head == ITEMS && (hasReaped || !ANY_HELD) -> STEP; getLock = 0; goto finish }   /* ended */
  fi;
decode:
  hasReaped = 0;
  if
  :: atomic { !IS_BAD(inFlight[mine * 2 + CURSOR(mark_)]) ->
       if :: delivered == 2 && IS_BAD(2) -> delivered = 1; hands[2] = 0 :: else fi };   /* cut */
     goto next
  :: atomic { IS_BAD(inFlight[mine * 2 + CURSOR(mark_)]) -> skip }
  fi;
  lockGet();                                                  /* discardUndecodable */
  atomic { b = mine; m = mark_; mine = NONE; mark_ = 0;
    n = inFlight[b * 2 + CURSOR(m)]; if :: hands[n] == id + 1 -> hands[n] = 0 :: else fi; n = 0 };
#ifdef REST_ONE
  rest = 1;
#endif
  prepareBurial();
  if :: failed -> failed = 0; goto lost :: !failed fi;
  bury(UNDECODABLE, rest);
  atomic { m = 0; b = 0; rest = 0; delivered = 0; STEP; getLock = 0; goto next };   /* undecodableUnlock */
lost:
  atomic { m = 0; b = 0; STEP; getLock = 0 };
refused:
  assert(misjudged[id]);
finish:
  release(slot, generation, false);
  atomic { ended++ };
over: skip
}

#if REQUEUES + DISCARDS > 0
proctype Operator(byte id) {
  byte k, n, b, requeues = REQUEUES, discards = DISCARDS; bool died;
  do
  :: atomic { requeues > 0 -> requeues-- };
     lockGet();
     if
     :: atomic { logFirst == logEnd -> skip }                 /* noLetter */
     :: atomic { logFirst != logEnd ->
          b = 0; do :: b < BUFFERS && mark[b] != 0 -> b++ :: else -> break od };
        if
        :: atomic { b == BUFFERS -> b = 0 }                   /* noBuffer */
        :: atomic { b < BUFFERS -> inFlight[b * 2] = letterItem[logFirst % LOG] };        /* requeueRecord */
           atomic { STEP; end[b] = logFirst + 1 };            /* requeueEnd */
#ifdef SOURCE_FORGOTTEN
           atomic { STEP; filling = b + FROM_RING };
#else
           atomic { STEP; filling = b + FROM_LETTERS };       /* requeueFilling */
#endif
#ifndef FIRST_BEFORE_MARK
           atomic { STEP; mark[b] = MARK(NOBODYS, 0, 0, 0, 0, 1) };   /* requeueMark */
#endif
           atomic { STEP; n = letterItem[logFirst % LOG];     /* requeueCommit */
             assert(!acknowledged[n] && !dropped[n]);
             letters[n]--; deliveries[n] = 0; hands[n] = 0; n = 0; logFirst++ };
#ifdef FIRST_BEFORE_MARK
           atomic { STEP; mark[b] = MARK(NOBODYS, 0, 0, 0, 0, 1) };
#endif
#ifndef NO_REQUEUE_HINT
           atomic { STEP; hint = 1 };                         /* requeueHint */
#endif
           b = 0
        fi
     fi;
     atomic { STEP; getLock = 0 }                             /* requeueUnlock */
  :: atomic { discards > 0 -> discards-- };
     lockGet();
#ifndef FILLING_KEPT
     atomic { STEP; filling = NONE };                         /* discardFilling */
#endif
     atomic { STEP;                                           /* discardCommit */
       do
       :: logFirst != logEnd ->
          n = letterItem[logFirst % LOG]; letters[n]--; dropped[n] = 1; logFirst++
       :: else -> break
       od;
       n = 0 };
     atomic { STEP; getLock = 0 }                             /* discardUnlock */
  :: true -> break
  od;
  atomic { ended++ };
over: skip
}
#define ENDED (CONSUMERS + 1)
#else
#define ENDED CONSUMERS
#endif

init {
  byte id = 20, i, n, b, k, x; bool died; short m; byte found;
  atomic {
    isClosed = 1; used = CONSUMERS; consumers = CONSUMERS; handleIsOpen = 1; handles = 1;
    i = 0; do :: i < CONSUMERS -> word[i] = 1; owner[i] = i; kind[i] = CONSUMER; run Consumer(i); i++ :: else -> break od; i = 0;
#if REQUEUES + DISCARDS > 0
    run Operator(OPERATOR)
#endif
  };
  atomic {
    ended == ENDED -> kills = 0; wrong = 0;
#ifndef NO_TAKE_MARK
    b = 0;                               /* nothing is stuck: who asks next learns of every orphan */
    do
    :: b < BUFFERS ->
       assert(mark[b] == 0 || HELD(mark[b]) || hint || getLock == DIED || registryLock == DIED || NEEDS_REAP); b++
    :: else -> break
    od;
#endif
    if :: getLock == DIED -> repair() :: else fi;
#if !defined(NO_FINISH) && !defined(LAST_KEPT)
    assert(logLast == NONE);
#endif
    x = 1;
    do
    :: x <= ITEMS ->                     /* each item is in one place */
       found = acknowledged[x] + letters[x] + dropped[x] + (head == 0);
       b = 0;
       do
       :: b < BUFFERS ->
          k = CURSOR(mark[b]);
          do
          :: mark[b] != 0 && k < COUNT(mark[b]) -> if :: inFlight[b * 2 + k] == x -> found++ :: else fi; k++
          :: else -> break
          od;
          b++
       :: else -> break
       od;
       assert(found == 1);
       assert(!IS_BAD(x) || !acknowledged[x]);
       x++
    :: else -> break
    od
  };
over: skip
}
