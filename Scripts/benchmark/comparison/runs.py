"""Runs one cell of the comparison: one workload, one contender."""

import json
import os
import resource
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from quiet import busy_cpus  # noqa: E402
from workloads import APART, ONE_CPU  # noqa: E402


class Failed(Exception):
    """A run that ended badly: its message says how."""


def first_cpu():
    return min(os.sched_getaffinity(0))


def run(workload, contender, items, limit=90):
    """What one run says, as a dictionary, with what the system says about it."""
    command = contender.command(workload.program, workload.shape, items)
    environment = dict(os.environ)
    if workload.placing == ONE_CPU:
        command = ["taskset", "-c", str(first_cpu()), *command]
    elif workload.placing == APART:
        environment["BENCHMARK_APART"] = ",".join(map(str, sorted(os.sched_getaffinity(0))))
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit,
            check=False, env=environment)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"not finished after {limit} s") from late
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        said = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        said = None
    if done.returncode != 0 or said is None:
        words = (done.stderr.strip() or done.stdout.strip() or "nothing was said").splitlines()
        raise Failed(f"status {done.returncode}: {words[-1][:200]}")
    if said["items"] < 1:
        raise Failed("nothing was moved")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said["wall"] = round(wall, 4)
    if "busy" in said:
        # What the processes used while they moved items.
        said["cost"] = said["busy"] * 1e9 / said["items"]
        said["processors"] = round(said["busy"] / said["seconds"], 2)
    else:
        said["processors"] = round(used / wall, 2)
    said["switches"] = after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw
    if "seconds" in said and said["seconds"] > 0:
        said["rate"] = said["items"] / said["seconds"]
    return said


def calibrate(workload, contender, seconds):
    """How many items take about so many seconds."""
    items = round_items(contender.rate * seconds / 4, workload, contender)
    for _ in range(4):
        took = run(workload, contender, items)["seconds"]
        wanted = items * min(20, seconds / max(took, 1e-4))
        items = round_items(wanted, workload, contender)
        if took > seconds / 2:
            return items
    return items


def round_items(items, workload, contender):
    """So many items, or a few less, that every producer has as many, in whole batches."""
    step = max(workload.shape.producers * contender.batch, 1)
    return max(int(items) // step, 2) * step
