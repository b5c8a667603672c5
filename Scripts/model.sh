#!/usr/bin/env bash
# Checks the models of the protocol in Tests/Model with Spin, one line per run.
#   Scripts/model.sh [quick|full|mutants]      (default: quick, under two minutes)
# quick: what must hold, in small. full: the same with more kills, processes and items (an hour).
# mutants: each rule left out; every one must fail. Exits 1 when a result is not the expected one.
set -uo pipefail
cd "$(dirname "$0")/../Tests/Model"

for tool in spin gcc; do
  command -v "$tool" >/dev/null && continue
  (apt-get install -y "$tool" || { apt-get update && apt-get install -y "$tool"; }) >/dev/null 2>&1
  command -v "$tool" >/dev/null || { echo "model.sh: $tool is missing (apt-get install $tool)" >&2; exit 2; }
done

models=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$models"/*.pml "$work"
cd "$work"
bad=0

# run pass|fail MODEL OPTION...   Options are the model's, without -D.
run() {
  local expected=$1 model=$2 options=() started=$SECONDS
  shift 2
  local option check=(-DSAFETY) search=()
  for option; do
    options+=("-D$option")
    # Looks for cycles in which nothing gets on, with weak fairness.
    [ "$option" != PROGRESS ] || { check=(-DNP -DNFAIR=3); search=(-l -f); }
  done
  rm -f pan* ./*.trail
  spin "${options[@]}" -a "$model.pml" >spin.log 2>&1 &&
    gcc -O"${optimise:-0}" -w -DCOLLAPSE -DVECTORSZ=2048 -DMEMLIM=5500 "${check[@]}" -o pan pan.c 2>gcc.log &&
    timeout "${MODEL_TIMEOUT:-3000}" ./pan "${search[@]}" -m2000000 -w"${MODEL_HASH:-24}" >pan.log 2>&1
  local errors states why got=none
  errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.log 2>/dev/null)
  states=$(sed -n 's/ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log 2>/dev/null)
  why=$(sed -n 's/^pan:1: //p' pan.log 2>/dev/null | sed 's/ (at depth.*//')
  case "${errors:-}" in
    '') got=none ;;
    0) got=pass ;;
    *) got=fail ;;
  esac
  # A search that was cut short (time, memory, depth) has shown nothing.
  if [ "$got" = pass ] && grep -qE 'out of memory|max search depth|Search not completed' pan.log; then
    got=none
  fi
  local verdict=ok
  [ "$got" = "$expected" ] || { verdict=WRONG; bad=1; }
  printf '%-5s %-4s %-15s %10s states %4ss  %s%s\n' "$verdict" "$got" "$model" "${states:-?}" \
    $((SECONDS - started)) "$*" "${why:+   [$why]}"
  rm -f pan.log
}

optimise=0                             # compiling takes longer than searching

quick() {
  run pass queue
  run pass queue KILLS=1
  run pass queue KILLS=1 HAND_OVER
  run pass queue LEAVES=1 FEEDBACK
  run pass queue WRONG=1
  run pass queue KILLS=1 AT_ONCE
  run fail queue WRONG=1 STRICT       # what a wrong verdict costs: see README.md
  run pass handover KILLS=1
  run pass handover SPAWN WAYWARD
  run pass handover SPAWN COPIED
  run pass handover KILLS=1 HANDS_ON
  run pass handover THREAD
  run pass shared-producer KILLS=1
  run pass shared-producer KILLS=1 FULL
  run pass shared-consumer
  run pass shared-consumer INHERITED
  run pass handle-lock
  run pass handle-lock INHERITED
  run pass handle-lock PROGRESS
  run pass handle-lock PROGRESS INHERITED
  run pass abandon KILLS=1
  run pass abandon KILLS=1 INHERITED
  run pass names PROGRAMS=2 KILLS=2
  run pass names PROGRAMS=2 KILLS=1 REMOVES=1
  run pass names PROGRAMS=2 KILLS=1 EXCLUSIVE FAILS FILES=3
  run pass dead-letters KILLS=1
  run pass dead-letters KILLS=1 BAD=2
  run pass dead-letters WRONG=1
  run pass dead-letters KILLS=1 REQUEUES=1 DISCARDS=1
  run pass dead-letters KILLS=1 RELEASES=1 MAX=1
}

full() {
  quick
  optimise=2
  run pass queue KILLS=2
  run pass queue KILLS=1 PUTS=2 BATCH=2
  run pass queue KILLS=1 RING=1 PUTS=2
  run pass queue PRODUCERS=2
  run pass queue KILLS=2 HAND_OVER
  run pass queue KILLS=1 PUTS=2 AT_ONCE
  run pass queue WRONG=1 AT_ONCE
  run pass queue KILLS=1 LEAVES=1 FEEDBACK
  run pass queue WRONG=1 PUTS=2
  run pass queue WRONG=1 LEAVES=1 FEEDBACK
  run pass queue WRONG=1 KILLS=1
  run pass handover KILLS=2
  run pass handover KILLS=2 SPAWN
  run pass handover KILLS=1 SPAWN WAYWARD
  run pass handover KILLS=1 SPAWN COPIED
  run pass handover KILLS=2 WAYWARD
  run pass handover KILLS=2 HANDS_ON
  run pass handover KILLS=1 THREAD
  run pass abandon KILLS=2 INHERITED
  run pass names KILLS=2
  run pass names PROGRAMS=2 KILLS=2 REMOVES=2
  run pass names KILLS=1 EXCLUSIVE FAILS FILES=4
  run pass dead-letters KILLS=2
  run pass dead-letters KILLS=2 BAD=3
  run pass dead-letters KILLS=2 BAD=3 LOG=1
  run pass dead-letters KILLS=2 MAX=1
  run pass dead-letters KILLS=2 RELEASES=2 BAD=0
  run pass dead-letters KILLS=2 RELEASES=1 BAD=3
  run pass dead-letters KILLS=1 WRONG=1 BAD=3
  run pass dead-letters KILLS=2 BAD=3 REQUEUES=2 DISCARDS=1 LOG=2
  run pass dead-letters KILLS=3 BAD=3 REQUEUES=2 DISCARDS=1 LOG=1
  run pass dead-letters KILLS=1 WRONG=1 BAD=3 REQUEUES=1 DISCARDS=1
}

mutants() {
  run fail queue KILLS=1 NO_RECOUNT
  run fail queue KILLS=1 USED_LATE
  run fail queue KILLS=1 OWNER_LATE
  run fail queue KILLS=1 TAIL_FIRST
  run fail queue KILLS=1 NO_REAP_FIRST
  run fail queue KILLS=1 NO_REPAIR
  run fail queue LEAVES=1 FEEDBACK HINT_FIRST
  run fail queue WRONG=1 ADOPT_STORE
  run fail queue WRONG=1 ACKNOWLEDGE_STORE
  run fail queue WRONG=1 NO_PUT_CHECK
  run fail queue WRONG=1 LEAVES=1 FEEDBACK NO_SECOND_LOOK
  run fail handover KILLS=1 BARE_OWNER
  run fail handover HANDS_ON THIEF_IS_FATAL
  run fail handover KILLS=1 THREAD NO_PUT_LOCK
  run fail handover KILLS=1 NO_RECOUNT
  run fail handover SPAWN COPIED NO_GENERATION
  run fail shared-producer NO_PASS
  run fail shared-producer PASS_FIRST
  run fail shared-producer CHECK_OUTSIDE
  run fail shared-producer FULL NO_LAST_LOOK
  run fail shared-producer FULL SLEEPERS_LATE
  run fail shared-consumer NO_HANDLE_LOCK
  run fail shared-consumer INHERITED FORGET_LATE
  run fail shared-consumer CLOSE_UNLOCKED
  run fail handle-lock NO_BARRIER
  run fail handle-lock NO_SECOND_LOOK
  run fail handle-lock NO_REVOKED
  run fail handle-lock ONE_BARRIER
  run fail handle-lock STALE_HOLDER
  run fail handle-lock PROGRESS LEAK
  run fail handle-lock PROGRESS NEVER_UNBIASED
  run fail abandon NO_ABANDON
  run fail abandon INHERITED ABANDON_STORE
  run fail dead-letters WRONG=1 NO_TAKE_MARK
  run fail dead-letters KILLS=1 MOVE_FIRST
  run fail dead-letters KILLS=1 NO_FINISH
  run fail dead-letters KILLS=2 LAST_KEPT BAD=3 LOG=1
  run fail dead-letters MAX=1 KILLS=1 REST_ONE
  run fail dead-letters KILLS=1 REQUEUES=1 FIRST_BEFORE_MARK
  run fail dead-letters KILLS=1 REQUEUES=1 SOURCE_FORGOTTEN
  run fail dead-letters KILLS=1 BAD=3 REQUEUES=1 DISCARDS=1 FILLING_KEPT
  run fail dead-letters REQUEUES=1 NO_REQUEUE_HINT
  run fail dead-letters KILLS=1 RELEASES=1 MAX=1 BAD=0 NEW_FORGOTTEN
  run fail names PROGRAMS=2 REMOVES=1 NO_RETIRE
  run fail names PROGRAMS=2 KILLS=1 RETIRE_UNLOCKED
  run fail names PROGRAMS=2 KILLS=1 NO_ABANDONED
  run fail names PROGRAMS=2 EXCLUSIVE FILES=3 NO_MAKER
  run fail names EXCLUSIVE FILES=4 LOOK_LATE
  run fail names PROGRAMS=2 EXCLUSIVE FILES=3 FAILS UNDO_UNHELD
  run fail names PROGRAMS=2 NO_NOTE
}

case "${1:-quick}" in
  quick | full | mutants) "${1:-quick}" ;;
  *) echo "unknown configuration: $1 (quick, full, mutants)" >&2; exit 2 ;;
esac
exit $bad
