#!/usr/bin/env bash
# Installs what the codec is compared with, into .build/peers.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! .build/peers/bin/python -c 'import cbor2, msgpack' 2>/dev/null; then
  python3 -m venv .build/peers
  .build/peers/bin/pip install --quiet cbor2 msgpack
fi
