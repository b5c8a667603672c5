#!/usr/bin/env bash
# Repeats the tests, or all that kills, stops and damages, and stops at the first failure.
#
#   Scripts/repeat-tests.sh [TIMES] [--all] [--release] [--stress] [--filter EXPRESSION]
#
# TIMES: how often (50). --release: as `Scripts/test.sh release` builds them.
# --all: the tests in release, the crash matrix, the kill storm in its three ways, fuzzing, and worker
# generations. Everything is built before the first repetition.
# --stress: while `stress-ng --cpu 4` loads the machine.
# --filter: only tests whose name matches, as for `swift test`.
set -euo pipefail
cd "$(dirname "$0")/.."
times=50
arguments=(--testing-library swift-testing)
all=
stress=
build=(swift build)
release=(swift build -c release --scratch-path .build-release)
crash=(swift build -c release --traits CrashPoints --scratch-path .build-crash)
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit ;;
    --all) all=1; build=("${release[@]}") ;;
    --release) build=("${release[@]}") ;;
    --stress) stress=1 ;;
    --filter) shift; arguments+=(--filter "${1:?--filter needs an expression}") ;;
    *[!0-9]*) echo "repeat-tests.sh: what is '$1'? See --help" >&2; exit 2 ;;
    *) times=$1 ;;
  esac
  shift
done
"${build[@]}" --build-tests 1>&2
programs=$("${build[@]}" --show-bin-path)
if [ -n "$all" ]; then
  "${crash[@]}" --product crash-matrix 1>&2
  "${crash[@]}" --product killstorm 1>&2
  dying=$("${crash[@]}" --show-bin-path)
  Scripts/fuzz.sh --build 1>&2
fi

folder=$(mktemp -d)
outputs=$(mktemp -d)
load=
trap 'rm -r "$folder" "$outputs"; [ -z "$load" ] || kill "$load"' EXIT
if [ -n "$stress" ]; then
  command -v stress-ng >/dev/null || (apt-get update && apt-get install -y stress-ng) >"$folder/apt" 2>&1 ||
    { cat "$folder/apt" >&2; exit 2; }
  rm -f "$folder/apt"
  stress-ng --cpu 4 --quiet &
  load=$!
fi

# step NAME SUMMARY COMMAND...   Prints what `sed` leaves of the command's output, or all of it and fails.
step() {
  local name=$1 summary=$2 started=$SECONDS output="$outputs/${1// /-}"
  shift 2
  # To a file: from a pipe, the shell would wait for whatever a command that crashed has left running.
  if ! timeout --kill-after=10 900 "$@" >"$output" 2>&1 </dev/null; then
    cat "$output"
    echo "$name failed after $((SECONDS - started)) s"
    return 1
  fi
  echo "$name, $((SECONDS - started)) s: $(sed -nE "$summary" "$output" | paste -sd' ')"
}
dies=(env SWIFT_BACKTRACE=enable=no)
tests() {
  step tests 's/.*Test run with ([0-9]+ tests).*passed.*/\1/p' "$programs"/*.xctest "${arguments[@]}"
}
rest() {
  local storm='s/^in all: [^,]*, //p'
  step "killed at each step" '$p' "${dies[@]}" "$dying/crash-matrix" kill &&
    step "stopped at each step" '$p' "${dies[@]}" "$dying/crash-matrix" stop &&
    step "kill storm" "$storm" "${dies[@]}" "$programs/killstorm" 4 &&
    step "kill storm at steps" "$storm" "${dies[@]}" "$dying/killstorm" 4 &&
    step "kill storm of programs" "$storm" "${dies[@]}" "$programs/killstorm" 4 --spawned &&
    step fuzzing 's/ in .*/;/p' Scripts/fuzz.sh 4 &&
    step generations 's/^([0-9]+ workers).*/\1/p' "${dies[@]}" SCENARIO_WORKERS=forked \
      "$programs/queue-scenarios" generations 1000
}
for ((number = 1; number <= times; number++)); do
  before=$SECONDS
  failed=
  tests >"$folder/tests" &
  running=$!
  # At the same time: tests mostly wait.
  [ -z "$all" ] || rest >"$folder/rest" || failed=1
  wait $running || failed=1
  if [ -n "$failed" ]; then
    cat "$folder"/*
    echo "repetition $number of $times failed" >&2
    exit 1
  fi
  echo "$number of $times passed, $((SECONDS - before)) s: $(cat "$folder"/* | paste -sd'|' | sed 's/|/ | /g')"
done
