#!/usr/bin/env bash
# Measures put and get of Int between processes, against the same protocol in plain C, by turns.
#
#   Scripts/throughput.sh [--rounds N] [--json FILE] [--scale FACTOR] [--patience SECONDS]
#
# Prints a markdown table; --json also writes every single run. --scale 0.1 moves a tenth of the items.
# Before each round it waits up to --patience seconds (10) for other processes to be quiet.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit ;; esac
scratch=.build/benchmark
mkdir -p "$scratch"
clang -O2 -Wall -Wextra -Werror Scripts/benchmark/prototype.c -o "$scratch/prototype" -lpthread
swift build -c release --product throughput 1>&2
exec python3 Scripts/benchmark/report.py \
  "$(swift build -c release --show-bin-path)/throughput" "$scratch/prototype" "$@"
