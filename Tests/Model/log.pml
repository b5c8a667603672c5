/* The log of dead letters: bury, finishBurial, and the repair by who gets the get lock from a dead owner. */
/* The log: (last, end) is one word; last == NONE stands for last == end, no letter on its way. */
byte logFirst, logEnd, logLast = NONE;
byte letterItem[LOG], letterBuffer[LOG], letterRest[LOG]; short letterMark[LOG];

/* Ghosts. */
bool acknowledged[ITEMS + 1], dropped[ITEMS + 1]; byte letters[ITEMS + 1], deliveries[ITEMS + 1], hands[ITEMS + 1];

inline finishBurial() {
  if
  :: atomic { logLast != NONE -> k = logLast % LOG;
       if :: mark[letterBuffer[k]] == letterMark[k] -> STEP;  /* buryMoveOn */
             mark[letterBuffer[k]] = AFTER(letterMark[k], 1, letterRest[k], 0)
          :: else fi; k = 0 };
#ifndef LAST_KEPT
     atomic { STEP; logLast = NONE }                          /* buryDone */
#endif
  :: atomic { logLast == NONE -> skip }
  fi
}

inline repair() {
  atomic { STEP;                                              /* repairUnfill */
    if
    :: filling != NONE && mark[filling & 3] != 0 && end[filling & 3] != (filling & FROM_LETTERS -> logFirst : head) ->
       mark[filling & 3] = 0
    :: else
    fi };
#ifndef NO_FINISH
  finishBurial();
#endif
  atomic { STEP; hint = 1 }                                   /* repairHint */
}

inline lockGet() {
  atomic { AVAILABLE(getLock) -> STEP; died = (getLock == DIED); getLock = id + 1 };
  if :: atomic { died -> died = 0 }; repair() :: atomic { !died -> skip } fi
}

/* Makes room for a letter, and takes the mark `m` of buffer `b`; `failed` if it has changed. */
inline prepareBurial() {
  if
  :: atomic { logEnd - logFirst >= LOG -> STEP; filling = NONE };                 /* logForgetFilling */
     atomic { STEP; n = letterItem[logFirst % LOG]; letters[n]--; dropped[n] = 1; n = 0; logFirst++ }   /* logDropOldest */
  :: atomic { logEnd - logFirst < LOG -> skip }
  fi;
#ifndef NO_TAKE_MARK
  if
  :: atomic { mark[b] == m -> STEP; mark[b] = HELD_BY_NOBODY(m); m = mark[b] };   /* buryTakeMark */
     atomic { STEP; hint = 1 }                                                    /* buryHint */
  :: atomic { mark[b] != m -> failed = 1 }
  fi
#endif
}

/* Buries the item at the cursor of `m` in buffer `b`. */
inline bury(reason, restAttempts) {
  atomic { STEP; k = logEnd % LOG;                                                /* buryWord, buryItem */
    letterItem[k] = inFlight[b * 2 + CURSOR(m)]; letterBuffer[k] = b; letterMark[k] = m;
    letterRest[k] = restAttempts; k = 0 };
#ifdef MOVE_FIRST
  atomic { STEP; mark[b] = AFTER(m, 1, restAttempts, 0) };
#endif
  atomic { STEP; logLast = logEnd; logEnd++;                                      /* buryCommit */
    n = inFlight[b * 2 + CURSOR(m)];
    assert(!acknowledged[n] && letters[n] == 0 && !dropped[n]);
    assert(reason == UNDECODABLE || deliveries[n] >= MAX);
    letters[n]++; n = 0;
    /* What followed a bad item in a fresh batch was not seen. */
    if :: reason == UNDECODABLE && ATTEMPTS(m) == 1 && !NEW(m) && CURSOR(m) == 0 && COUNT(m) == 2 -> deliveries[2]-- :: else fi };
  finishBurial()
}
