"""report.py SWIFT C [--rounds N] [--json FILE] [--scale FACTOR] [--patience SECONDS]

Runs both programs by turns.

Medians with minimum and maximum, and the median of each round's ratio: what ran in the same
minute is compared, because the machine's speed changes from one minute to the next.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess

from quiet import wait_until_quiet

RING_BYTES = 1 << 20
# Producers, consumers, items in a batch, items; None: put and get by turns in one thread.
SHAPES = [
    (1, 1, 1, 5_000_000),
    (1, 1, 64, 20_000_000),
    (4, 4, 1, 5_000_000),
    (4, 4, 64, 20_000_000),
    (17, 13, 1, 5_000_000),
    (17, 13, 64, 20_000_000),
    (None, None, 1, 5_000_000),
    (None, None, 64, 20_000_000),
]


def run(program, producers, consumers, batch, items):
    """Items per second of one run. A run with a wrong count or sum leaves with an error."""
    shape = ["pair"] if producers is None else [producers, consumers]
    words = [program, *shape, items, batch, RING_BYTES]
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, check=True, timeout=300)
    result = json.loads(done.stdout)
    return result["items"] / result["seconds"]


def commit():
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def name(producers, consumers, batch):
    shape = "one thread" if producers is None else f"{producers} x {consumers}"
    return shape, "one by one" if batch == 1 else f"batches of {batch}"


def millions(rates):
    rates = [rate / 1e6 for rate in rates]
    return f"{statistics.median(rates):.1f} ({min(rates):.1f}–{max(rates):.1f})"


def nanoseconds(rates):
    return f"{1e9 / statistics.median(rates):.0f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("swift")
    parser.add_argument("prototype")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--patience", type=float, default=10)
    options = parser.parse_args()

    about = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": commit(),
        "processor": processor(),
        "cpus": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "ring_bytes": RING_BYTES,
        "rounds": options.rounds,
    }
    rows, busy = [], []
    for producers, consumers, batch, items in SHAPES:
        shape = (producers, consumers, batch, int(items * options.scale))
        swift, prototype = [], []
        for _ in range(options.rounds):
            busy.append(wait_until_quiet(options.patience))
            swift.append(run(options.swift, *shape))
            prototype.append(run(options.prototype, *shape))
        ratios = [ours / measure for ours, measure in zip(swift, prototype)]
        rows.append({
            "producers": producers, "consumers": consumers, "batch": batch, "items": shape[3],
            "swift": swift, "prototype": prototype, "ratio": statistics.median(ratios),
        })

    about["others"] = statistics.median(busy)

    print(f"{about['date']}, commit {about['commit']}, {about['cpus']} CPUs ({about['processor']}), "
          f"{about['others']:.1f} of them busy with other things, "
          f"Linux {about['kernel']}; ring of {RING_BYTES >> 10} KiB, {options.rounds} rounds by turns, millions of Int per second: median (min–max)\n")
    print("| processes | | IterableQueue | C prototype | ratio | ns an item |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        shape, how = name(row["producers"], row["consumers"], row["batch"])
        print(f"| {shape} | {how} | {millions(row['swift'])} | {millions(row['prototype'])} "
              f"| {row['ratio']:.2f} | {nanoseconds(row['swift'])} |")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(about | {"shapes": rows}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
