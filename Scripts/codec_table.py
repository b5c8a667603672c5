"""Reads the lines of codec-benchmark and codec_peers.py, and prints the medians as a table."""

import statistics
import sys

runs = {}
for line in sys.stdin:
    row, codec, *numbers = line.split()
    runs.setdefault(row, {}).setdefault(codec, []).append([float(n) for n in numbers])

print("row      codec        encode ns   decode ns       both   / cbor   bytes  allocations")
for row, codecs in runs.items():
    medians = {c: [statistics.median(n) for n in zip(*r)] for c, r in codecs.items()}
    ours = sum(medians["cbor"][:2])
    for codec, (encode, decode, size, *allocations) in medians.items():
        both = encode + decode
        counted = " + ".join(f"{a:.0f}" for a in allocations)
        print(
            f"{row:8} {codec:11} {encode:10.0f}  {decode:10.0f} {both:10.0f}"
            f" {both / ours:8.1f} {size:7.0f}  {counted}"
        )
