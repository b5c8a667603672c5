"""wordcount-speed.py PROGRAM FOLDER [options of wordcount-speed.sh]"""

import argparse
import filecmp
import os
import statistics
import subprocess
import sys
import time

from quiet import wait_until_quiet


def run(program, text, workers, output):
    with open(output, "wb") as file:
        began = time.monotonic()
        words = [program, text, "--workers", str(workers), "--top", "0"]
        subprocess.run(words, stdout=file, check=True, timeout=600)
        return time.monotonic() - began


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--at-least", type=float, default=0)
    parser.add_argument("--patience", type=float, default=20)
    options = parser.parse_args()

    generate = os.path.join(os.path.dirname(__file__), "generate-text.py")
    text = os.path.join(options.folder, "text")
    subprocess.run([sys.executable, generate, text, str(options.megabytes)], check=True)
    alone_counts = os.path.join(options.folder, "alone")
    together_counts = os.path.join(options.folder, "together")
    alone, together, busy = [], [], []
    for _ in range(options.rounds):
        busy.append(wait_until_quiet(options.patience))
        alone.append(run(options.program, text, 0, alone_counts))
        together.append(run(options.program, text, options.workers, together_counts))
        if not filecmp.cmp(alone_counts, together_counts, shallow=False):
            sys.exit("the counts differ")

    with open(alone_counts, encoding="utf-8") as lines:
        counts = [int(line.split()[0]) for line in lines]
    ratios = [one / many for one, many in zip(alone, together)]
    ratio = statistics.median(ratios)
    print(f"{options.megabytes} MB, {sum(counts)} words, {len(counts)} different ones, "
          f"{options.rounds} rounds by turns, {len(os.sched_getaffinity(0))} CPUs, "
          f"{statistics.median(busy):.1f} of them busy with other things before")
    print(f"one process:  {statistics.median(alone):.2f} s ({min(alone):.2f}–{max(alone):.2f})")
    print(f"{options.workers} workers:    {statistics.median(together):.2f} s "
          f"({min(together):.2f}–{max(together):.2f})")
    print(f"faster by {ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f}); all counts are equal")
    if ratio < options.at_least:
        sys.exit(f"the median ratio is below {options.at_least}")


if __name__ == "__main__":
    main()
