"""Checks in CI that no ratio is far below its target."""

import report
from targets import TARGETS

MARGIN = 0.5  # of a target; machines that run checks are busy
MORE_ROUNDS = 5


def low(comparison, cells):
    """The targets that are missed by more than the margin, and those that were looked at."""
    looked, missed = [], []
    for target in TARGETS:
        if target.workload not in cells or not target.is_ratio:
            continue
        value = report.value_of(comparison.results, target)
        if value is None:
            continue
        looked.append((target, value))
        if value < target.limit * MARGIN:
            missed.append((target, value))
    return looked, missed


def check(comparison, cells):
    """Prints every ratio. What is low is measured again before it is called a regression."""
    _, missed = low(comparison, cells)
    if missed:
        comparison.options.rounds += MORE_ROUNDS
        for key in dict.fromkeys(target.workload for target, _ in missed):
            comparison.measure(*cells[key])
    looked, missed = low(comparison, cells)
    for target, value in looked:
        verdict = "too low" if (target, value) in missed else "ok"
        print(f"{target.workload:5} {target.contender:30} {value:6.2f}x {target.against:28} "
              f"floor {target.limit * MARGIN:5.2f}x  {verdict}")
    failed = [run for run in comparison.results.runs if "failed" in run]
    for run in failed:
        print(f"failed: {run['workload']}, {run['contender']}: {run['failed']}")
    if not looked:
        print("nothing could be compared")
    return 1 if missed or failed or not looked else 0
