/* The life of a name: Ring+Names.swift, Segment+Named.swift, QueueCore+Named.swift.
 *
 * Programs make a queue under one name (`unnamed` and `publish`, or with EXCLUSIVE the way that is seen
 * before it is finished), or find the one that is there and register a handle; they use it, and leave:
 * by release, by the end of the program (`retireIfAbandoned(isLeaving)`), or not before all is over.
 * Only handles are modelled: an endpoint keeps a queue in use as a handle does.
 *
 *   KILLS     how many programs are killed        EXCLUSIVE  no O_TMPFILE: O_EXCL, flock, `ready`
 *   PROGRAMS  how many there are                  REMOVES    how often somebody removes the name
 *   FILES     how many files they make at most    FAILS      a maker may find no space, and undo
 * Rules left out: NO_RETIRE (the name goes without `isRetired`: who has the file open does not learn it)
 *   RETIRE_UNLOCKED (looked at and taken away without the registry lock)
 *   NO_ABANDONED (attached though all who used it are dead)
 *   NO_MAKER (the maker does not hold its unfinished file)
 *   LOOK_LATE (the maker looks whether its file has the name when it is finished, not when it holds it)
 *   UNDO_UNHELD (a maker that gives up lets go of the file before it takes the name away)
 *   NO_NOTE (a program that ends is in the way of others that end, until it is dead)
 */
#ifndef KILLS
#define KILLS 0
#endif
#ifndef PROGRAMS
#define PROGRAMS 3
#endif
#ifndef REMOVES
#define REMOVES 0
#endif
#ifndef FILES
#define FILES PROGRAMS
#endif
#if REMOVES > 0
#define PROCESSES (PROGRAMS + 1)
#define OPERATOR PROGRAMS
#else
#define PROCESSES PROGRAMS
#endif
#define NONE 99
#define DIED 99
#define AVAILABLE(lock) (lock == 0 || lock == DIED)

byte name = NONE, files;                 /* the file that has the name; how many were made */
bool ready[FILES], retired[FILES];
bool slots[FILES * PROCESSES];           /* one for each process that may open the file */
byte registry[FILES];                    /* 0, the holder's number + 1, or DIED */
byte maker[FILES];                       /* flock: 0, or the holder's number + 1 */
bool dead[PROCESSES], leaving[PROCESSES];                     /* noted in a slot; each has but one */
byte kills = KILLS, ended;
bool removed[FILES], stays;              /* ghosts: the user took the name away; somebody never left */

#define SLOT(f, p) slots[(f) * PROCESSES + p]

inline die() {
  kills--; dead[id] = 1; ended++;
  x = 0;
  do
  :: x < FILES ->
     if :: registry[x] == id + 1 -> registry[x] = DIED :: else fi;
     if :: maker[x] == id + 1 -> maker[x] = 0 :: else fi;     /* the kernel lets go of a flock */
     x++
  :: else -> break
  od;
  x = 0;
  goto over
}
#if KILLS > 0
#define STEP if :: true :: kills > 0 -> die() fi
#else
#define STEP skip
#endif

/* The lifecycle's counts are not looked at here: what queue.pml says of the registry holds. */
inline lockRegistry(f) { atomic { AVAILABLE(registry[f]) -> STEP; registry[f] = id + 1 } }

inline unlockRegistry(f) { atomic { STEP; registry[f] = 0 } }

/* unlink, of whatever has the name then. */
inline unlinkName(f) {
  atomic {
    STEP;
    assert(name == f);                   /* never another queue's name */
    x = 0;                               /* never that of a queue that lives, but by the user's wish */
    do :: x < PROCESSES -> assert(removed[f] || !SLOT(f, x) || dead[x] || leaving[x]); x++ :: else -> break od;
    x = 0; name = NONE
  }
}

/* Segment.removeName: looks, then takes it away. */
inline removeName(f) {
  if
  :: atomic { name == f -> skip }; unlinkName(f)              /* retireRemoveName, unfinishedRemove */
  :: atomic { name != f -> skip }
  fi
}

/* Under the registry lock. */
inline freeDeadSlots(f) {
  p = 0;
  do
  :: atomic { p < PROCESSES && SLOT(f, p) && dead[p] -> STEP; SLOT(f, p) = 0; p++ }   /* reapCommit */
  :: atomic { p < PROCESSES && !(SLOT(f, p) && dead[p]) -> p++ }
  :: atomic { p >= PROCESSES -> p = 0; break }
  od
}

/* Under the registry lock. Whether a slot is open of a process that is not about to end. */
inline look(f) {
  d_step { inUse = 0; x = 0; do :: x < PROCESSES -> inUse = inUse || (SLOT(f, x) && !leaving[x]); x++ :: else -> break od; x = 0 }
}
inline retireIfUnused(f) {
  if
  :: atomic { !retired[f] -> look(f) };
  :: atomic { retired[f] -> inUse = 0 }
  fi;
  if
  :: atomic { !retired[f] && inUse -> skip }
  :: atomic { !retired[f] && !inUse ->
#ifdef NO_RETIRE
       skip };
#else
       STEP; retired[f] = 1 };                                /* retireCommit */
#endif
     removeName(f)
  :: atomic { retired[f] -> skip }; removeName(f)             /* who retired it may have died */
  fi
}

/* Goes on at `again` when the name may be free, and at `exists` when it is not. */
inline removeLeftover() {
  if
  :: atomic { name == NONE -> skip }; goto again
  :: atomic { name != NONE -> g = name }                      /* open */
  fi;
  if
  :: atomic { ready[g] -> skip };
#ifdef RETIRE_UNLOCKED
     freeDeadSlots(g); retireIfUnused(g);
#else
     lockRegistry(g); freeDeadSlots(g); retireIfUnused(g); unlockRegistry(g);
#endif
     atomic { g = NONE; if :: inUse -> inUse = 0; goto exists :: else -> goto again fi }
  :: atomic { !ready[g] -> g = NONE };
     if
     :: atomic { name == NONE -> skip }; goto again
     :: atomic { name != NONE -> g = name }                   /* openFile */
     fi;
     if
     :: atomic { maker[g] != 0 -> g = NONE; goto exists }     /* being made by a living one */
     :: atomic { maker[g] == 0 -> STEP; maker[g] = id + 1 }
     fi;
     if
     :: atomic { ready[g] -> STEP; maker[g] = 0; g = NONE; goto again }     /* it was finished just now */
     :: atomic { !ready[g] -> skip }; removeName(g);
        atomic { STEP; maker[g] = 0; g = NONE; goto again }
     fi
  fi
}

proctype Program(byte id) {
  byte f = NONE, g = NONE, p, x; bool inUse;
  if :: true -> goto again :: true -> goto find fi;
again:                                   /* Ring.create */
#ifndef EXCLUSIVE
  if
  :: atomic { f == NONE -> f = files; files++; ready[f] = 1; SLOT(f, id) = 1 }
  :: atomic { f != NONE -> skip }
  fi;
  if
  :: atomic { name == NONE -> STEP; name = f; goto use }      /* namePublish */
  :: atomic { name != NONE -> skip }
  fi;
  removeLeftover();
#else
  f = NONE;
  if
  :: atomic { name == NONE && files < FILES -> STEP; f = files; files++; name = f }   /* exclusiveMake */
  :: atomic { name == NONE && files == FILES -> goto finish }                         /* of the model's files */
  :: atomic { name != NONE -> skip }; removeLeftover()
  fi;
#ifndef NO_MAKER
  if                                     /* holdAsMaker */
  :: atomic { maker[f] == 0 -> STEP; maker[f] = id + 1 }      /* exclusiveHold */
  :: atomic { maker[f] != 0 -> goto again }                   /* taken for a leftover */
  fi;
#ifndef LOOK_LATE
  if
  :: atomic { name != f -> STEP; maker[f] = 0; goto again }   /* it was one, for a moment */
  :: atomic { name == f -> skip }
  fi;
#endif
#endif
#ifdef FAILS
  if
  :: true
  :: true ->                             /* exclusiveUndo, exclusiveAbandon */
#ifdef UNDO_UNHELD
     atomic { STEP; maker[f] = 0 };
#endif
     removeName(f);
     atomic { STEP; if :: maker[f] == id + 1 -> maker[f] = 0 :: else fi; goto finish }
  fi;
#endif
  atomic { STEP; SLOT(f, id) = 1 };                           /* seen by nobody before it is ready */
  atomic { STEP; ready[f] = 1 };                              /* exclusiveReady */
#ifdef LOOK_LATE
  atomic { STEP; maker[f] = 0 };
  if :: atomic { name != f -> goto again } :: atomic { name == f -> skip } fi;
#else
  atomic { STEP; maker[f] = 0; assert(name == f || removed[f]) };   /* exclusiveRelease */
#endif
  goto use;
#endif
exists:
  atomic { if :: f != NONE -> SLOT(f, id) = 0; ready[f] = 0 :: else fi; f = NONE };   /* nobody has seen it */
  goto find;
find:                                    /* attachNow, registerByName */
  if
  :: atomic { name == NONE -> goto finish }                   /* notFound */
  :: atomic { name != NONE -> f = name }                      /* open */
  fi;
  if
  :: atomic { !ready[f] -> f = NONE; goto finish }            /* notReady: the same */
  :: atomic { ready[f] -> skip }
  fi;
  lockRegistry(f);
  if
  :: atomic { retired[f] -> skip };
     retireIfUnused(f);
     unlockRegistry(f);
     atomic { f = NONE; goto find }
  :: atomic { !retired[f] -> skip }
  fi;
  freeDeadSlots(f);
#ifndef NO_ABANDONED
  look(f);
  if
  :: atomic { !inUse -> STEP; registry[f] = 0; f = NONE; goto finish }          /* abandoned */
  :: atomic { inUse -> inUse = 0 }
  fi;
#endif
  atomic { STEP;                                              /* registerCommit */
    assert(ready[f] && !retired[f] && name == f);             /* no queue that others cannot find */
    look(f); assert(inUse); inUse = 0;                        /* somebody was there when it looked */
    SLOT(f, id) = 1 };
  unlockRegistry(f);
use:
  if
  :: true ->                             /* Ring.release */
     lockRegistry(f);
     atomic { STEP; SLOT(f, id) = 0 };                        /* releaseCommit */
     freeDeadSlots(f); retireIfUnused(f);
     unlockRegistry(f)
  :: true ->                             /* NamesAtExit.leave */
     lockRegistry(f);
     freeDeadSlots(f);
     atomic { STEP; leaving[id] = 1 };                        /* leaveNote */
     retireIfUnused(f);
#ifdef NO_NOTE
     leaving[id] = 0;
#endif
     unlockRegistry(f)
  :: atomic { true -> STEP; stays = 1; ended++; goto over }   /* stays until all is over */
  fi;
finish:
  atomic { ended++; dead[id] = 1 };
over: skip
}

#if REMOVES > 0
/* QueueName.remove. */
proctype Operator(byte id) {
  byte f, p, x; bool inUse;
  byte again = REMOVES;
  do
  :: atomic { again > 0 && name != NONE && ready[name] -> again--; f = name };
     lockRegistry(f);
#ifdef NO_RETIRE
     atomic { STEP; removed[f] = 1 };
#else
     atomic { STEP; retired[f] = 1; removed[f] = 1 };         /* removeCommit */
#endif
     removeName(f);
     unlockRegistry(f)
  :: true -> break
  od;
  atomic { ended++; dead[id] = 1 };
over: skip
}
#endif

init {
  byte id = 20, f, g = NONE, p, x; bool inUse;
  atomic {
    x = 0; do :: x < PROGRAMS -> run Program(x); x++ :: else -> break od; x = 0;
#if REMOVES > 0
    run Operator(OPERATOR)
#endif
  };
  atomic {
    ended == PROCESSES -> assert(name == NONE || stays || kills < KILLS);   /* nothing is left by those who leave */
    kills = 0;
    x = 0; do :: x < PROCESSES -> dead[x] = 1; x++ :: else -> break od; x = 0
  };
again:                                   /* all are dead: whoever comes now gets the name */
  if
  :: name == NONE -> goto over
  :: name != NONE -> removeLeftover()
  fi;
exists: assert(false);
over: skip
}
