#!/usr/bin/env bash
# Kills, and stops for 2 s, a process at every named step of the protocol while others carry on, and
# checks that nothing is lost, doubled, or left behind.
#   Scripts/crash-matrix.sh            runs both passes; exits with 1 if anything is wrong
#   Scripts/crash-matrix.sh --write    also writes the documentation's table
set -euo pipefail
cd "$(dirname "$0")/.."
table=Sources/IterableQueues/IterableQueues.docc/CrashMatrix.md

# A store without a step of its own would be a row that is missing.
[ "${1:-}" = --write ] || Scripts/crash-steps.py
build=(swift build -c release --traits CrashPoints --scratch-path .build-crash)
"${build[@]}" --product crash-matrix 1>&2
program="$("${build[@]}" --show-bin-path)/crash-matrix"
results=$(mktemp)
trap 'rm -f "$results"' EXIT
failed=0
for pass in kill stop; do
  SWIFT_BACKTRACE=enable=no "$program" $pass | tee -a "$results" || failed=1
done
if [ "${1:-}" = --write ] && [ $failed = 0 ]; then
  {
    echo "# Dying at every step"
    echo
    echo "What happens when a process dies, or is stopped for 2 s, at each step of the protocol."
    echo
    echo "Made by \`Scripts/crash-matrix.sh --write\`. Each step is the moment before a store to shared"
    echo "memory, or before a lock is released. A victim dies there while a producer and a consumer carry"
    echo "on; afterwards every item is accounted for: *ok* means that none was lost or delivered once too"
    echo "often, that the counts of endpoints, items and buffers are right, and that every iteration ended."
    echo "In the rows from 1000 on a program that spawns another one with two endpoints dies, or is stopped,"
    echo "on the way, or the spawned one when it takes them up before its parent has handed them over."
    echo
    echo "| step | killed | stopped |"
    echo "|---|---|---|"
    awk -F'\t' 'NF >= 4 { v[$1 "\t" $2, $3] = $4; n[$1] = $1 "\t" $2 }
      END { for (i = 1; i < 2000; i++) if (i in n) { split(n[i], a, "\t");
        print "| " a[1] " " a[2] " | " v[n[i], "kill"] " | " v[n[i], "stop"] " |" } }' "$results"
  } > "$table"
  Scripts/crash-steps.py
fi
exit $failed
