#!/usr/bin/env bash
# Lets many workers, each a process of its own, use one queue one after the other, and end by turns by
# returning, by leaving without a word, by SIGKILL. Fails if memory, descriptors, mappings, items or
# processes are left.
#
#   Scripts/generations.sh [WORKERS [forked|spawned]]        (100,000, forked)
set -euo pipefail
cd "$(dirname "$0")/.."
swift build -c release --scratch-path .build-release --product queue-scenarios 1>&2
program="$(swift build -c release --scratch-path .build-release --show-bin-path)/queue-scenarios"
SWIFT_BACKTRACE=enable=no SCENARIO_WORKERS="${2:-forked}" "$program" generations "${1:-100000}"
