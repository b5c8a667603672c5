#!/usr/bin/env bash
# Repeats the tests, and stops at the first failure.
#
#   Scripts/repeat-tests.sh [TIMES] [--release] [--stress] [--filter EXPRESSION]
#
# TIMES: how often (50). --release: as `Scripts/test.sh release` builds them.
# --stress: while `stress-ng --cpu 4` loads the machine.
# --filter: only tests whose name matches, as for `swift test`.
set -euo pipefail
cd "$(dirname "$0")/.."
times=50
arguments=(--testing-library swift-testing)
stress=
build=(swift build)
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit ;;
    --release) build+=(-c release --scratch-path .build-release) ;;
    --stress) stress=1 ;;
    --filter) shift; arguments+=(--filter "${1:?--filter needs an expression}") ;;
    *) times=$1 ;;
  esac
  shift
done
"${build[@]}" --build-tests 1>&2
tests=("$("${build[@]}" --show-bin-path)"/*.xctest)
output=$(mktemp)
load=
trap 'rm -f "$output"; [ -z "$load" ] || kill "$load"' EXIT
if [ -n "$stress" ]; then
  command -v stress-ng >/dev/null || (apt-get update && apt-get install -y stress-ng) >"$output" 2>&1 ||
    { cat "$output" >&2; exit 2; }
  stress-ng --cpu 4 --quiet &
  load=$!
fi
for ((number = 1; number <= times; number++)); do
  if ! timeout --kill-after=10 900 "${tests[0]}" "${arguments[@]}" >"$output" 2>&1 </dev/null; then
    cat "$output"
    echo "repetition $number of $times failed" >&2
    exit 1
  fi
  echo "$number of $times: $(grep -E 'Test run with' "$output" | tail -1)"
done
