#!/usr/bin/env bash
# Compares IterableQueue with its peers, by turns: throughput, round trips, idling, start-up, memory.
#
#   Scripts/benchmark.sh                       everything; about 20 minutes
#   Scripts/benchmark.sh --quick               native peers and main workloads; about 3 minutes
#   Scripts/benchmark.sh --workloads W1,W5     some; --list says what there is
#   Scripts/benchmark.sh --regression          for CI: fails if our queue has become much dearer
#
#   --contenders WORD,…   only those whose name contains one of these words
#   --rounds N            5; each runs every contender once
#   --seconds S           how long a run should take (0.4)
#   --patience S          how long to wait for a quiet machine before a round (5)
#   --markdown FILE       write the tables there instead of printing them
#   --json FILE           write medians, ratios and all runs
#   --plot FOLDER         draw plots there, as SVG and PNG
#   --write-docs          write tables and plots into README.md and the article about performance
#   --stop-after S        leave after so many seconds with status 75; --resume goes on
#   --no-install          only peers that are there; else Debian's (as root) and Python's are installed
#
# Every run's count and checksum is verified; one that is wrong is named, and the script ends with 1.
# QUEUE_BENCHMARK=PROGRAM measures another build of Scripts/benchmark/queue.
set -euo pipefail
cd "$(dirname "$0")/.."
install=yes
for word in "$@"; do
  case "$word" in
    -h | --help) sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//'; exit ;;
    --regression | --no-install | --list) install=no ;;
  esac
done
scratch=.build/benchmark
mkdir -p "$scratch"

has_header() { echo "#include <$1>" | clang++ -x c++ -std=c++17 -E - >/dev/null 2>&1; }

if [ $install = yes ]; then
  wanted=()
  has_header boost/interprocess/ipc/message_queue.hpp || wanted+=(libboost-dev)
  has_header zmq.h || wanted+=(libzmq3-dev)
  python3 -c 'import ensurepip' 2>/dev/null || wanted+=(python3-venv)
  if [ ${#wanted[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ]; then
      apt-get update -q 1>&2
      apt-get install -y -q --no-install-recommends "${wanted[@]}" 1>&2
    else
      echo "left out, because only root can install them: ${wanted[*]}" >&2
    fi
  fi
  if ! [ -f "$scratch/python/complete" ]; then
    python3 -m venv "$scratch/python"
    pip=("$scratch/python/bin/pip" install --quiet)
    "${pip[@]}" setuptools cython wheel numpy matplotlib
    # Built from source, against what was just installed.
    "${pip[@]}" --no-build-isolation faster-fifo==1.5.2
    "${pip[@]}" iceoryx2==0.10.0 cloudtoid-interprocess==3.0.2 iterable-queue==1.2.2
    touch "$scratch/python/complete"
  fi
fi

libraries=()
if has_header zmq.h; then libraries+=(-lzmq); fi
clang++ -O2 -std=c++17 -Wall -Wextra -Werror Scripts/benchmark/native/main.cpp \
  -o "$scratch/native" "${libraries[@]}" -lrt -pthread
swift build -c release --product queue-benchmark 1>&2
python=python3
if [ -x "$scratch/python/bin/python" ]; then python="$scratch/python/bin/python"; fi
exec "$python" Scripts/benchmark/comparison "$@"
