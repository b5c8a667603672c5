/* The registry together with the data path: register, put, take, acknowledge, close, reap, hand-over
 * and the end of the stream, with kills, and with processes that are declared dead and are not.
 *
 *   PRODUCERS, CONSUMERS  processes that register an endpoint each       PUTS  items of each producer
 *   KILLS, WRONG          how many processes are killed, wrongly declared dead
 *   HAND_OVER             the maker registers the first producer, and forks it; both hand it over
 *   LEAVES                how many consumers leave (deinit) with an item in their hands
 *   FEEDBACK              producers stay open until every item is settled
 *   AT_ONCE               consumers try takeCopy first
 *   STRICT                with WRONG: no put at all may commit after a consumer was told the end
 * Rules left out: NO_RECOUNT USED_LATE OWNER_LATE HINT_FIRST TAIL_FIRST NO_REAP_FIRST NO_REPAIR
 *   ADOPT_STORE ACKNOWLEDGE_STORE NO_PUT_CHECK NO_SECOND_LOOK (after a scan)
 */
#ifndef PRODUCERS
#define PRODUCERS 1
#endif
#ifndef CONSUMERS
#define CONSUMERS 2
#endif
#ifndef PUTS
#define PUTS 1
#endif
#ifndef RING
#define RING 2
#endif
#ifndef BATCH
#define BATCH 1
#endif
#ifndef KILLS
#define KILLS 0
#endif
#ifndef WRONG
#define WRONG 0
#endif
#ifndef LEAVES
#define LEAVES 0
#endif
#define MAKER (PRODUCERS + CONSUMERS)
#define PROCESSES (MAKER + 1)
#define SLOTS (PRODUCERS + CONSUMERS)
#define BUFFERS CONSUMERS
#define ITEMS (PRODUCERS * PUTS)
#include "robust.pml"
#include "registry.pml"
#if CONSUMERS == 2
#define ANY_HELD (mark[0] != 0 || mark[1] != 0)
#else
#define ANY_HELD (mark[0] != 0 || mark[1] != 0 || mark[2] != 0)
#endif
#if SLOTS == 3
#define ANY_REAPABLE (REAPABLE(0) || REAPABLE(1) || REAPABLE(2))
#else
#define ANY_REAPABLE (REAPABLE(0) || REAPABLE(1) || REAPABLE(2) || REAPABLE(3))
#endif
#define NEEDS_REAP (ANY_REAPABLE || (handleIsOpen && dead[MAKER]) || registryLock == DIED)
#include "ring.pml"

#define SETTLED(x) (!committed[x] || acknowledged[x])
#if ITEMS == 1
#define ALL_SETTLED SETTLED(1)
#elif ITEMS == 2
#define ALL_SETTLED (SETTLED(1) && SETTLED(2))
#else
#define ALL_SETTLED (SETTLED(1) && SETTLED(2) && SETTLED(3))
#endif

byte leaves = LEAVES;
bool isForked; byte givenSlot, givenGeneration;     /* what a forked child inherits */
bool consumerOver[CONSUMERS];
#define CONSUMER_OVER(c) (consumerOver[c] || dead[PRODUCERS + c])
#if CONSUMERS == 2
#define CONSUMERS_OVER (CONSUMER_OVER(0) && CONSUMER_OVER(1))
#else
#define CONSUMERS_OVER (CONSUMER_OVER(0) && CONSUMER_OVER(1) && CONSUMER_OVER(2))
#endif

proctype Producer(byte id) {
  byte i, n, slot = SLOTS, generation, it = id * PUTS + 1; bool died, mayUse, knew;
#ifdef HAND_OVER
  if
  :: id == 0 ->
     if :: isForked :: !isForked && (dead[MAKER] || !handleIsOpen) -> goto finish fi;
     slot = givenSlot; generation = givenGeneration;
     handOver(slot, generation, MAKER, id, mayUse);           /* claim */
     if :: mayUse -> mayUse = 0; goto next :: !mayUse -> slot = SLOTS; goto refused fi
  :: else
  fi;
#endif
  register(PRODUCER, slot, generation);
  if :: slot == SLOTS -> goto finish :: slot < SLOTS fi;
next:
  if :: it > id * PUTS + PUTS -> goto close :: it <= id * PUTS + PUTS fi;
again:
  put(it, slot, generation);
  it++;
  goto next;
noRoom:
  do
  :: atomic { tail - head < RING -> goto again }
  :: atomic { WITHOUT_CONSUMERS -> goto close }
  :: NEEDS_REAP && AVAILABLE(registryLock) -> reap()
  od;
refused:                                 /* endpointClosed: only somebody who was declared dead */
  assert(misjudged[id] || slot == SLOTS);
close:
#ifdef FEEDBACK
  (ALL_SETTLED || CONSUMERS_OVER);
#endif
  if :: slot < SLOTS -> release(slot, generation, false) :: slot == SLOTS fi;
finish:
  atomic { ended++ };
over: skip
}

proctype Consumer(byte id) {
  byte i, n, b, k, slot, generation, mine = NONE; bool died, hasReaped, adopted, lost, life, isEmpty;
  short m, mark_;
  register(CONSUMER, slot, generation);
next:
#ifdef AT_ONCE
  takeAtOnce(slot, generation);
#endif
  if
  :: mine != NONE -> acknowledge(2);     /* the next get acknowledges; it delivers what follows */
     if :: lost -> lost = 0; goto refused
        :: !lost && mine != NONE -> goto work
        :: !lost && mine == NONE fi
  :: mine == NONE
  fi;
again:
  take(slot, generation);
wait:
  do                                    /* getLock == DIED: repairInTurn, which raises the hint */
  :: atomic { head != tail || hint || LIFE_ENDED || getLock == DIED -> goto again }
  :: NEEDS_REAP && AVAILABLE(registryLock) -> reap()
  od;
work:
  hasReaped = 0;
  if
  :: goto next
#if LEAVES > 0
  :: atomic { leaves > 0 -> leaves-- }; goto finish
#endif
  fi;
refused:
  assert(misjudged[id]);
finish:
#if LEAVES > 0
  atomic { if :: mine != NONE -> n = inFlight[mine * BATCH + CURSOR(mark_)]; hands[n] = 0; n = 0 :: else fi };
#endif
  release(slot, generation, (mine != NONE));
  atomic { mine = NONE; consumerOver[id - PRODUCERS] = 1; ended++ };
over: skip
}

proctype Maker(byte id) {
  byte i, n, slot, generation; bool died, done;
#ifdef HAND_OVER
  register(PRODUCER, slot, generation);
  atomic { STEP; givenSlot = slot; givenGeneration = generation; isForked = 1 };
  handOver(slot, generation, MAKER, 0, done);
  done = 0; slot = 0; generation = 0;
#endif
  lockRegistry();
  if
  :: atomic { STEP; isClosed = 1 }       /* closeCommit; the handle stays */
  :: atomic { STEP; handleIsOpen = 0 };  /* releaseCommit */
     atomic { STEP; handles = 0; isClosed = 1 }
  fi;
  unlockRegistry();
  atomic { ended++ };
over: skip
}

init {
  byte id = PROCESSES + 1, i, n, b, k, x; bool died, found;
  atomic {
    handleIsOpen = 1; handles = 1;
    i = 0; do :: i < PRODUCERS -> run Producer(i); i++ :: else -> break od;
    do :: i < MAKER -> run Consumer(i); i++ :: else -> break od;
    run Maker(MAKER); i = 0
  };
  atomic {
    ended == PROCESSES -> kills = 0; wrong = 0;
    /* What the next opener of the queue would find. */
    if :: getLock == DIED -> repair() :: else fi;
    reap();
    assert(producers == 0 && consumers == 0 && isClosed);
    i = 0; do :: i < SLOTS -> assert(!OPEN(i)); i++ :: else -> break od;
    x = 1;
    do
    :: x <= ITEMS ->                     /* each committed item is in one place */
       found = acknowledged[x] || !committed[x];
       i = head; do :: i < tail -> if :: ring[i % RING] == x -> assert(!found); found = 1 :: else fi; i++ :: else -> break od;
       b = 0;
       do
       :: b < BUFFERS ->
          k = CURSOR(mark[b]);
          do
          :: mark[b] != 0 && k < COUNT(mark[b]) ->
             if :: inFlight[b * BATCH + k] == x -> assert(!found); found = 1 :: else fi; k++
          :: else -> break
          od;
          b++
       :: else -> break
       od;
       assert(found); x++
    :: else -> break
    od
  };
over: skip
}
