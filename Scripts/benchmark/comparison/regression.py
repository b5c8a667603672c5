"""Checks in CI that our queue has not become much dearer, measured against others.

Everything runs on one processor, and what is compared is the processor time that an item costs: so
neither placement nor other load decides. Of round trips it is the median time, which holds a wait; of
idling, the processor time in ten seconds. The floors are about half of what was measured, or a little less
than what it was before it was improved, on the processor where that was least: what a pipe costs differs
by a factor of three from one kind to the next.
"""

import sys

from workloads import (
    BATCHES, BATCHES_16, BOOST, FUTEX, IN_PLACE, OURS, PIPE, PROTOTYPE, PROTOTYPE_16, PROTOTYPE_BATCHES,
    SLEEPERS, STRUCT, STRUCT_16)

MORE_ROUNDS = 5

# How many times as much an item costs in the other queue, at least.
FLOORS = [
    ("W1-one-cpu", OURS, PROTOTYPE, 0.4),
    ("W1-one-cpu", OURS, BOOST, 0.6),
    ("W1-one-cpu", OURS, PIPE, 2.5),
    ("W1-one-cpu", BATCHES, PROTOTYPE_BATCHES, 1),
    ("W1-one-cpu", BATCHES, BOOST, 5),
    ("W2-one-cpu", OURS, PROTOTYPE, 0.4),
    ("W2-one-cpu", BATCHES, PROTOTYPE_BATCHES, 1),
    ("W17-one-cpu", OURS, PROTOTYPE, 0.5),
    ("W17-one-cpu", BATCHES, PROTOTYPE_BATCHES, 0.8),
    ("W3-one-cpu", STRUCT, PROTOTYPE, 0.4),
    ("W3-one-cpu", STRUCT_16, PROTOTYPE_16, 0.45),
    ("W3-one-cpu", STRUCT_16, BOOST, 0.7),
    ("W3-one-cpu", OURS, PIPE, 1.2),
    ("W3-one-cpu", BATCHES_16, PIPE, 2.5),
    ("W3-one-cpu", BATCHES_16, PROTOTYPE_16, 0.4),
    ("W3-one-cpu", BATCHES_16, BOOST, 0.45),
    ("W4-one-cpu", OURS, PIPE, 0.6),
    ("W4-one-cpu", IN_PLACE, PROTOTYPE, 0.6),
    ("W5-one-cpu", OURS, FUTEX, 0.65),
    ("pair", OURS, PROTOTYPE, 0.4),
    ("pair", BATCHES, PROTOTYPE_BATCHES, 0.75),
    ("idle", OURS, SLEEPERS, 0.3),
]


def takes_part(workload, contender):
    """Whether a cell is needed for a floor."""
    return any(
        workload == key and contender in (ours, other) for key, ours, other, _ in FLOORS)


def compared(results):
    """Every floor with the ratio that was measured, as far as both contenders are there."""
    for key, ours, other, floor in FLOORS:
        measure = {"W5-one-cpu": "p50", "idle": "percent"}.get(key, "cost")
        ratio = results.ratio(key, other, ours, measure)
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
    failed = [run for run in comparison.results.runs if "failed" in run]
    absent = len(FLOORS) - len(looked)
    if absent:
        print(f"{absent} of {len(FLOORS)} could not be compared: a contender is not there", file=sys.stderr)
    return 1 if missed or failed or absent else 0
