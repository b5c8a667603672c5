#!/usr/bin/env bash
# Kills workers of a pipeline of two queues at random, and accounts for every item by its number.
#
#   Scripts/killstorm.sh [SECONDS] [--seed N] [--items raw|cbor|both] [--pause MICROSECONDS]
#                        [--round SECONDS]
#
# SECONDS: how long to kill (60). --seed: repeats a schedule as far as two runs can be alike.
# --pause: the mean time between two strikes (10,000). --round: how long one pipeline lives (15).
# Fails if an item was lost or wrongly delivered twice, or if anything hangs or leaks.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit ;; esac
swift build -c release --product killstorm 1>&2
# Workers that crash on purpose must not be examined by a debugger.
SWIFT_BACKTRACE=enable=no exec "$(swift build -c release --show-bin-path)/killstorm" "$@"
