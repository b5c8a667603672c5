#!/usr/bin/env bash
# Builds every Swift example of README.md in a package of its own that uses this checkout, and runs it.
#
# An example must build without a warning, end by itself with status 0, and print what a comment
# behind an unindented print(…) says.
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 Scripts/readme-examples.py README.md .build/readme-examples
