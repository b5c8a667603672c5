"""Checks in CI that our queue has not become much dearer, measured against others.

Everything runs on one processor, and what is compared is the processor time that an item costs: so
neither placement nor other load decides. Of round trips it is the median time, which holds a wait. The
floors are about half of what was measured, where it was least: what a pipe costs differs by a factor of three
from one kind of processor to the next.
"""

import sys

from workloads import (
    BATCHES, BATCHES_16, BOOST, FUTEX, OURS, PIPE, PROTOTYPE, PROTOTYPE_16, PROTOTYPE_BATCHES, STRUCT,
    STRUCT_16)

MORE_ROUNDS = 5

# The most that blocked endpoints may use, in % of one CPU; it depends on the machine.
MOST_IDLE = 1.5

# How many times as much an item costs in the other queue, at least.
FLOORS = [
    ("W1-one-cpu", OURS, PROTOTYPE, 0.4),
    ("W1-one-cpu", OURS, BOOST, 0.6),
    ("W1-one-cpu", OURS, PIPE, 2.5),
    ("W1-one-cpu", BATCHES, PROTOTYPE_BATCHES, 1),
    ("W1-one-cpu", BATCHES, BOOST, 5),
    ("W2-one-cpu", OURS, PROTOTYPE, 0.4),
    ("W2-one-cpu", BATCHES, PROTOTYPE_BATCHES, 1),
    ("W17-one-cpu", OURS, PROTOTYPE, 0.4),
    ("W17-one-cpu", BATCHES, PROTOTYPE_BATCHES, 0.8),
    ("W3-one-cpu", STRUCT, PROTOTYPE, 0.3),
    ("W3-one-cpu", STRUCT_16, PROTOTYPE_16, 0.35),
    ("W3-one-cpu", OURS, PIPE, 1.2),
    ("W3-one-cpu", BATCHES_16, PIPE, 2.5),
    ("W3-one-cpu", BATCHES_16, PROTOTYPE_16, 0.35),
    ("W4-one-cpu", OURS, PIPE, 0.6),
    ("W5-one-cpu", OURS, FUTEX, 0.6),
    ("pair", OURS, PROTOTYPE, 0.4),
    ("pair", BATCHES, PROTOTYPE_BATCHES, 0.75),
]


def takes_part(workload, contender):
    """Whether a cell is needed for a floor."""
    return workload == "idle" or any(
        workload == key and contender in (ours, other) for key, ours, other, _ in FLOORS)


def compared(results):
    """Every floor with the ratio that was measured, as far as both contenders are there."""
    for key, ours, other, floor in FLOORS:
        ratio = results.ratio(key, other, ours, "p50" if key.startswith("W5") else "cost")
        if ratio is not None:
            yield key, ours, other, floor, ratio


def check(comparison, cells):
    """Prints every ratio. What is low is measured again before it is called a regression."""
    again = {key for key, _, _, floor, ratio in compared(comparison.results) if ratio < floor}
    comparison.options.rounds += MORE_ROUNDS
    for workload, contenders in cells:
        if workload.key in again:
            comparison.measure(workload, contenders)
    looked = list(compared(comparison.results))
    missed = 0
    for key, ours, other, floor, ratio in looked:
        verdict = "ok" if ratio >= floor else "TOO LOW"
        missed += ratio < floor
        print(f"{key:12} {ours:36} {ratio:6.2f}x {other:28} floor {floor:4.2f}x  {verdict}")
    for run in comparison.results.of("idle", OURS):
        verdict = "ok" if run["percent"] <= MOST_IDLE else "TOO HIGH"
        missed += run["percent"] > MOST_IDLE
        print(f"{'idle':12} {OURS:36} {run['percent']:6.2f}% of one CPU{'':16} limit {MOST_IDLE}%  {verdict}")
    failed = [run for run in comparison.results.runs if "failed" in run]
    if not looked:
        print("nothing could be compared", file=sys.stderr)
    return 1 if missed or failed or not looked else 0
