"""Writes the figures into README.md and the article about performance."""

import os
import statistics

import report
from targets import TARGETS
from workloads import BOOST, CLOUDTOID, ITERABLE_QUEUE, MULTIPROCESSING, OURS, PIPE, PROTOTYPE

CATALOG = "Sources/IterableQueues/IterableQueues.docc"
PLOTS = f"{CATALOG}/Resources"
BEGIN, END = "<!-- benchmark: written by Scripts/benchmark.sh --write-docs -->", "<!-- /benchmark -->"
PICTURE = f"![Items per second of IterableQueue and its peers]({PLOTS}/throughput.svg)"
GROWTH = [
    "![Items per second with 1 to 64 processes on each side](endpoints)", "",
    "![Bytes per second with items of 8 bytes to half of the ring](item-size)", "",
    "![Nanoseconds for put and get while the ring is empty to full](backlog)", ""]
COLUMNS = (PROTOTYPE, BOOST, "ZeroMQ", PIPE, CLOUDTOID, MULTIPROCESSING, ITERABLE_QUEUE)


def rates_table(results, workloads):
    """Millions of items per second: ours one by one and in batches, and some others."""
    lines = ["| | one by one | in batches | " + " | ".join(COLUMNS) + " |",
             "|---" * (len(COLUMNS) + 3) + "|"]
    for workload in workloads:
        if workload.group != "main" or workload.program != "throughput":
            continue
        batches = next(
            (n for n in results.contenders(workload.key) if n.startswith(f"{OURS}, batches")), "")
        cells = []
        for name in (OURS, batches, *COLUMNS):
            runs = results.of(workload.key, name)
            rate = statistics.median(run["rate"] for run in runs) if runs else None
            cells.append(report.figure(rate / 1e6) if rate else "")
        lines.append(f"| {workload.key}: {workload.title} | " + " | ".join(cells) + " |")
    return lines


def outcome(results, target):
    value = report.value_of(results, target)
    if value is None:
        return None
    unit = "x " if target.is_ratio else f" {target.unit}"
    sign = ">=" if target.more_is_better else "<="
    words = f"{report.figure(value)}{unit}{target.against}".strip() + f" ({sign} {target.limit:g})"
    return words if target.met(value) else f"**{words}: missed**"


def targets_table(results):
    """What was aimed at, in brackets, and what was reached."""
    lines = ["| | one by one | in batches |", "|---|---|---|"]
    for key in dict.fromkeys(target.workload for target in TARGETS):
        cells = {False: [], True: []}
        for target in TARGETS:
            if target.workload == key and (words := outcome(results, target)):
                kind = target.contender.removeprefix(OURS).strip(", ")
                kind = kind.split("batches")[0].strip(", ")
                cells["batches" in target.contender].append(f"{kind}: {words}" if kind else words)
        lines.append(f"| {key} | {'; '.join(cells[False])} | {'; '.join(cells[True])} |")
    return lines


def replace(path, lines):
    """Replaces what lies between the two marks."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{path} has no place for the figures: {BEGIN} … {END}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n\n" + "\n".join(lines).strip() + "\n\n" + END + after)


def write(results, workloads, about):
    import plots

    os.makedirs(PLOTS, exist_ok=True)
    plots.draw(results, workloads, PLOTS, kinds=("svg",))
    text = report.markdown(results, workloads, about)
    head, _, tables = text.partition("\n")
    replace("README.md", [
        PICTURE, "", head, "", *rates_table(results, workloads), "",
        "What was aimed at, in brackets, and what was reached:", "", *targets_table(results)])
    tables = tables.replace("\n## Runs", "\n## How it grows, drawn\n\n" + "\n".join(GROWTH) + "\n## Runs")
    tables = tables.replace("\n### ", "\n#### ").replace("\n## ", "\n### ")
    replace(f"{CATALOG}/Performance.md", [head, tables])
