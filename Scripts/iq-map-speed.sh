#!/usr/bin/env bash
# Runs the same 2,000 short jobs one after the other, with xargs -P and with iq map, by turns, and
# prints a table of medians. The output of iq map must be that of the sequential run, byte by byte.
#   Scripts/iq-map-speed.sh [ROUNDS [JOBS]]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} jobs=${2:-2000}

swift build -c release --product iq >&2
iq=$(swift build -c release --show-bin-path)/iq
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
seq "$jobs" >"$folder/lines"

# Each job prints its argument: the cheapest program that shows order and completeness.
one_by_one() { while read -r line; do /bin/echo "$line"; done <"$folder/lines"; }
with_xargs() { xargs -P "$1" -d '\n' -n 1 /bin/echo <"$folder/lines"; }
with_iq() { "$iq" map -j "$1" -- /bin/echo <"$folder/lines"; }
unordered() { "$iq" map -j "$1" --unordered -- /bin/echo <"$folder/lines"; }

seconds() {
  local begun=$EPOCHREALTIME
  "$@" >"$folder/out"
  echo "$begun $EPOCHREALTIME" | awk '{ printf "%.4f\n", $2 - $1 }'
}

one_by_one >"$folder/expected"
for _ in $(seq "$rounds"); do
  seconds one_by_one >>"$folder/sequential"
  for workers in 1 2 8; do
    seconds with_xargs "$workers" >>"$folder/xargs-$workers"
    sort -n "$folder/out" | cmp - "$folder/expected"
    seconds with_iq "$workers" >>"$folder/iq-$workers"
    cmp "$folder/out" "$folder/expected"
    seconds unordered "$workers" >>"$folder/unordered-$workers"
    sort -n "$folder/out" | cmp - "$folder/expected"
  done
done

median() { sort -n "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }
row() { awk -v name="$1" -v s="$2" -v n="$jobs" \
  'BEGIN { printf "| %s | %.2f | %.0f |\n", name, s, s / n * 1e6 }'; }
echo "$jobs jobs, /bin/echo, medians of $rounds rounds, $(nproc) CPUs"
echo "| | seconds | us per job |"
echo "|---|---|---|"
row "shell loop" "$(median "$folder/sequential")"
for workers in 1 2 8; do
  row "xargs -P $workers" "$(median "$folder/xargs-$workers")"
  row "iq map -j $workers" "$(median "$folder/iq-$workers")"
  row "iq map -j $workers --unordered" "$(median "$folder/unordered-$workers")"
done
