#!/usr/bin/env bash
# Runs every test in debug and in release, and the in-process tests under ThreadSanitizer and
# AddressSanitizer.
#   Scripts/test.sh [debug] [release] [thread] [address]      (default: all four)
set -euo pipefail
cd "$(dirname "$0")/.."

# What forks or spawns is left out under the sanitizers: their run-time starts threads of its own.
queue='IterableQueuesTests.(SimpleUse|TimeoutAndSize|Acknowledgement|Error|ItemType|Thread)Tests'
in_process="RingBufferTests|SharedMemoryTests|ItemCodingTests|$queue"
# Of the codec only what uses threads: the rest has none, and takes minutes there.
with_threads="RingBufferTests|SharedMemoryTests|many threads|$queue"

for configuration in "${@:-debug release thread address}"; do
  for one in $configuration; do
    echo "== $one"
    case "$one" in
      debug) swift test ;;
      release) swift test -c release --scratch-path .build-release ;;
      thread)
        TSAN_OPTIONS="halt_on_error=1" \
          swift test --sanitize=thread --scratch-path .build-thread --filter "$with_threads" ;;
      address)
        ASAN_OPTIONS="detect_leaks=0" \
          swift test --sanitize=address --scratch-path .build-address --filter "$in_process" ;;
      *) echo "unknown configuration: $one (debug, release, thread, address)" >&2; exit 2 ;;
    esac
  done
done
