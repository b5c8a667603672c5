#!/usr/bin/env bash
# Carries random values between Python's cbor2 and the Swift codec, both ways.
# test-against-cbor2.sh [VALUES]
set -euo pipefail
cd "$(dirname "$0")/.."

swift build --product codec-echo
Scripts/python-peers.sh
.build/peers/bin/python Scripts/cbor2_differences.py .build/debug/codec-echo "${1:-600}"
