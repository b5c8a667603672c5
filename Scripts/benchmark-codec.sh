#!/usr/bin/env bash
# Measures the CBOR codec against Foundation's and Python's, in alternating runs, and prints the
# medians as a table.  benchmark-codec.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5}

swift build -c release --product codec-benchmark
Scripts/python-peers.sh

results=$(mktemp)
trap 'rm -f "$results"' EXIT
for ((round = 1; round <= rounds; round++)); do
  echo "round $round of $rounds" >&2
  for row in small record doubles counts blob; do
    .build/release/codec-benchmark "$row" >>"$results"
    .build/peers/bin/python Scripts/codec_peers.py "$row" >>"$results"
  done
done
python3 Scripts/codec_table.py <"$results"
