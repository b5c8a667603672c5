#!/usr/bin/env bash
# Feeds the library what no honest peer sends, with libFuzzer and AddressSanitizer.
#
#   Scripts/fuzz.sh [SECONDS] [TARGET...]
#   Scripts/fuzz.sh --seeds    writes the seeds of attach anew, after the layout has changed
#   Scripts/fuzz.sh --build    builds the targets, no more
#
# SECONDS: how long for each target (600); all run at the same time.
# TARGET: attach (any bytes as a segment), ring (a queue whose words change between two operations),
#   cbor (any bytes as an item). Default: all.
# What is found lies in Tests/Fuzz/Findings as TARGET-crash-*, -leak-*, -timeout-* or -oom-*; the exit
# status is 1. Commit it: each is run again, before anything else, from then on.
# To repeat one: .build-fuzz/TARGET FILE
#
# The sources are compiled here and not by SwiftPM: sanitizers of one product would be everyone's.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in -h | --help) sed -n '2,15s/^# \{0,1\}//p' "$0"; exit ;; esac
seeds=
builds_only=
[ "${1:-}" != --seeds ] || { seeds=Tests/Fuzz/Corpus/attach; set -- 0 attach; }
[ "${1:-}" != --build ] || { builds_only=1; shift; set -- 0 "$@"; }
seconds=${1:-600}
shift || true
[ $# -gt 0 ] || set -- attach ring cbor

out=.build-fuzz
mkdir -p "$out" "$out/c"
printf 'module CIterableQueue { umbrella "%s/CShim/include" export * }\n' "$PWD" >"$out/c/module.modulemap"
swift=(swiftc -O -gline-tables-only -swift-version 6 -package-name fuzz -parse-as-library -wmo -sanitize=address,fuzzer
  -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
  -enable-upcoming-feature MemberImportVisibility -strict-memory-safety
  -I "$out" -Xcc "-fmodule-map-file=$out/c/module.modulemap" -Xcc -ICShim/include)

# Waits for those that were started in the background; fails if one of them did.
finish() {
  local failed=0 job
  for job; do wait "$job" || failed=1; done
  return $failed
}

# A module of the library, as one object file.
module() {
  "${swift[@]}" -module-name "$1" -emit-module -emit-module-path "$out/$1.swiftmodule" \
    -c $(find "Sources/$1" -name '*.swift') -o "$out/$1.o"
}
target() {
  "${swift[@]}" -module-name "fuzz_$1" -use-ld=lld Tests/Fuzz/Targets/shared/Input.swift \
    $([ "$1" = cbor ] || echo Tests/Fuzz/Targets/shared/{Play,Fence}.swift) \
    Tests/Fuzz/Targets/"$1"/*.swift "$out"/*.o "$out"/c/*.o -o "$out/$1"
}
build() {
  module ItemCoding &
  local coding=$! source jobs=()
  for source in CShim/*.c; do
    clang -O1 -g -fsanitize=address,fuzzer-no-link -ICShim/include -c "$source" -o "$out/c/$(basename "$source").o"
  done
  module SharedMemory
  module RingBuffer
  finish $coding
  for name; do
    target "$name" &
    jobs+=($!)
  done
  finish "${jobs[@]}"
}
# Whether a target is missing, or older than something that it is made of.
is_stale() {
  local name
  for name; do
    [ -x "$out/$name" ] || return 0
    [ -z "$(find Sources/{ItemCoding,SharedMemory,RingBuffer} CShim Tests/Fuzz/Targets Scripts/fuzz.sh \
      -newer "$out/$name" -print -quit)" ] || return 0
  done
  return 1
}
! is_stale "$@" || build "$@"
[ -z "$builds_only" ] || exit 0

if [ -n "$seeds" ]; then
  rm -f "$seeds"/*
  ATTACH_SEEDS=$seeds "$out/attach"
  ls "$seeds"
  exit
fi
for name; do
  [ "$name" = attach ] || continue
  # Seeds of another layout would never come past the header.
  current=$(mktemp -d)
  ATTACH_SEEDS=$current "$out/attach"
  diff -r "$current" Tests/Fuzz/Corpus/attach >/dev/null ||
    { echo "fuzz.sh: the seeds of attach are out of date: run Scripts/fuzz.sh --seeds" >&2; exit 1; }
  rm -r "$current"
done

findings=Tests/Fuzz/Findings
# New inputs go to the first directory; the seeds stay as they are. An input may take 10 s and a
# gigabyte, and no single allocation more than 64 MB.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=1:handle_abort=1
limits=(-timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=64)
fuzz() {
  mkdir -p "$out/corpus-$1"
  local old=("$findings/$1"-*)
  # Without a file to run, libFuzzer would fuzz.
  if [ ${#old[@]} -gt 0 ]; then
    "$out/$1" "${limits[@]}" "${old[@]}" >"$out/$1.log" 2>&1 || return 1
  fi
  "$out/$1" "${limits[@]}" -max_total_time="$seconds" -max_len=4096 -len_control=0 -print_final_stats=1 \
    -verbosity=1 -artifact_prefix="$findings/$1-" \
    "$out/corpus-$1" "Tests/Fuzz/Corpus/$1" >"$out/$1.log" 2>&1
}
shopt -s nullglob
jobs=()
for name; do
  fuzz "$name" &
  jobs+=($!)
done
failed=0
for name; do
  if wait "${jobs[0]}"; then
    echo "$name: $(sed -n 's/^stat::number_of_executed_units: //p' "$out/$name.log") inputs in $seconds s, no finding; $(ls "$findings" | grep -c "^$name-") old ones pass"
  else
    failed=1
    grep -vE '^#[0-9]+.*(REDUCE|NEW|RELOAD|pulse)|NEW_FUNC' "$out/$name.log" | cut -c1-300 || true
    echo "$name: a finding, new or old; see $findings" >&2
  fi
  jobs=("${jobs[@]:1}")
done
exit $failed
