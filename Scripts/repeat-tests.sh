#!/usr/bin/env bash
# Repeats the tests of processes, and stops at the first failure.
#
#   Scripts/repeat-tests.sh [TIMES] [FILTER]    (50, the tests of processes, deaths and limits)
set -euo pipefail
cd "$(dirname "$0")/.."
times=${1:-50}
filter=${2:-'IterableQueuesTests.(Process|Death|Limit)Tests'}
swift build --build-tests 1>&2
output=$(mktemp)
trap 'rm -f "$output"' EXIT
for ((number = 1; number <= times; number++)); do
  if ! swift test --skip-build --filter "$filter" >"$output" 2>&1; then
    cat "$output"
    echo "repetition $number of $times failed" >&2
    exit 1
  fi
  echo "$number of $times: $(grep -E 'Test run with' "$output" | tail -1)"
done
