#!/usr/bin/env bash
# Compares wordcount with workers to the same counting in one process, by turns.
#
#   Scripts/wordcount-speed.sh [--rounds N] [--megabytes N] [--workers N] [--at-least RATIO]
#                               [--patience SECONDS]
#
# Makes its text (500 MB) in a temporary folder and removes it. All counts must be the same. With
# --at-least, leaves with 1 if the median of the rounds' ratios is smaller. Before each round
# it waits up to --patience seconds (20) for other processes to be quiet.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit ;; esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
swift build -c release --product wordcount 1>&2
python3 Scripts/benchmark/wordcount-speed.py \
  "$(swift build -c release --show-bin-path)/wordcount" "$folder" "$@"
