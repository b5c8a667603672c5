#!/usr/bin/env bash
# Kills workers of a pipeline of two queues at random, and accounts for every item by its number.
#
#   Scripts/killstorm.sh [SECONDS] [--seed N] [--items raw|cbor|both] [--pause MICROSECONDS]
#                        [--round SECONDS] [--spawned] [--at-steps]
#   Scripts/killstorm.sh --waits [KILLS]    prints how long who waits goes on waiting after a kill (50 each)
#
# SECONDS: how long to kill (60). --seed: repeats a schedule as far as two runs can be alike.
# --spawned: each worker is a program that is started with its endpoints, not a fork.
# --at-steps: workers also die at the named steps of the protocol, between any two stores (a build of
# its own). --pause: the mean time between two strikes (10,000). --round: how long one pipeline lives (15).
# Fails if an item was lost or wrongly delivered twice, or if anything hangs or leaks.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in -h | --help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit ;; esac
arguments=()
build=(swift build -c release)
scratch=.build-release
for argument in "$@"; do
  if [ "$argument" = --at-steps ]; then
    build+=(--traits CrashPoints)
    scratch=.build-crash
  else
    arguments+=("$argument")
  fi
done
build+=(--scratch-path "$scratch")
"${build[@]}" --product killstorm 1>&2
# Workers that crash on purpose must not be examined by a debugger.
SWIFT_BACKTRACE=enable=no exec "$("${build[@]}" --show-bin-path)/killstorm" "${arguments[@]}"
