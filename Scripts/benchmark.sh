#!/usr/bin/env bash
# draft
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=.build/benchmark
mkdir -p "$scratch"
has() { echo "#include <$1>" | clang++ -x c++ -std=c++17 -E - >/dev/null 2>&1; }
libraries=()
if has zmq.h; then libraries+=(-lzmq); fi
clang++ -O2 -std=c++17 -Wall -Wextra -Werror Scripts/benchmark/native/main.cpp \
  -o "$scratch/native" "${libraries[@]}" -lrt -pthread
swift build -c release --product queue-benchmark 1>&2
exec python3 Scripts/benchmark/comparison "$@"
